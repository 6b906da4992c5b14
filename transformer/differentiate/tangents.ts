/**
 * What both forms of forward mode share: the tangent of one operation. Every active value v gets a tangent v_dot,
 * computed by the chain rule ẏ = Σ ∂y/∂xᵢ · ẋᵢ; every active array gets a shadow of the same layout that holds the
 * tangents of its elements and that is moved, stored and passed wherever the array is.
 *
 * Where the values of the primal come from, and zeros of their structure, is what the forms differ in: forward.ts has
 * them at hand, linearize.ts saves them.
 */
import type { Builder, Naming } from '../ir/build.ts';
import { type Attributes, type Func, Op, type Value, isNullish } from '../ir/ir.ts';
import { type Type, cotangentType, elementType, fieldKeys, fieldType, isMemory, isValueType, present } from '../ir/types.ts';
import { addOver, chain } from '../rules/arithmetic.ts';
import { ruleOfOp } from '../rules/rule.ts';
import { numpyTangent } from './numpy.ts';
import { Analysis, type Library, type Request, Twins, shadowType, zerosOfItems } from './variant.ts';

export abstract class Tangents {
  protected analysis: Analysis;
  /** From values of the primal to their tangents (numbers) or shadows (memory). */
  protected tangent = new Map<Value, Value>();
  protected twins = new Twins('_dot');

  constructor(protected primal: Func, protected request: Request, protected target: Func, protected library: Library) {
    this.analysis = new Analysis(primal, request, library);
  }

  /** A value of the primal, as the tangent that is being built can use it. */
  protected abstract value(v: Value): Value;
  /** Zeros in the structure that a value of the primal has here. */
  protected abstract zeros(v: Value, b: Builder, naming?: Naming): Value;

  protected tangentOrZero(v: Value, b: Builder): Value {
    return this.tangent.get(v) ?? this.zeros(v, b.at(v.span));
  }

  /** What an operation that is no branch, loop or active call does to tangents. */
  protected follow(op: Op, b: Builder): void {
    const result = op.results[0];
    if (result && isValueType(result.type) && this.analysis.active(result)) this.scalar(op, b);
    else if (result && this.analysis.shadowed(result)) this.shadow(op, b);
    else this.write(op, b);
  }

  /** The tangent of a number. */
  protected scalar(op: Op, b: Builder): void {
    const [a, i] = op.args;
    let tangent: Value | undefined;
    const naming = this.twins.naming(op.result);
    switch (op.kind) {
      case 'prim': tangent = this.chainRule(op, b); break;
      case 'extern': tangent = this.ofArrays(op, b); break;
      case 'load': tangent = b.load(this.tangent.get(a)!, this.value(i), naming); break;
      case 'field': tangent = b.field(this.tangent.get(a)!, op.attr.key!, naming); break;
      case 'pop': tangent = b.pop(this.tangent.get(a)!); break;
      case 'shift': tangent = b.shift(this.tangent.get(a)!); break;
      // What it uses of its arguments does not vary, though other parts of them do: the tangent is zero.
      case 'call': return;
      default: throw new Error(`no tangent of ${op.kind}`);
    }
    if (!tangent) return;
    this.name(tangent, op.result);
    this.tangent.set(op.result, tangent);
  }

  protected ofArrays(op: Op, b: Builder): Value | undefined { return numpyTangent(b, op, (v) => this.value(v), (v) => this.tangent.get(v)); }

  /** ẏ = Σ ∂y/∂xᵢ · ẋᵢ */
  protected chainRule(op: Op, b: Builder): Value | undefined {
    const rule = ruleOfOp(op)!;
    let sum: Value | undefined;
    op.args.forEach((a, i) => {
      const t = this.tangent.get(a);
      if (!t) return;
      b.terms = [{ op, operand: i, mode: 'jvp' }];
      const term = chain(b, rule, (j) => this.value(op.args[j]), op.args.length, i, () => this.value(op.result), t);
      if (term) sum = sum ? addOver(b, sum, term) : term;
    });
    b.terms = undefined;
    return sum;
  }

  protected name(tangent: Value, primal: Value): void {
    if (tangent.name || !(tangent.def instanceof Op) || tangent.def.kind === 'const') return;
    Object.assign(tangent, this.twins.naming(primal));
  }

  /** The shadow of new memory. */
  protected shadow(op: Op, b: Builder): void {
    const [a, i] = op.args;
    const type = shadowType(op.result);
    const naming = this.twins.naming(op.result);
    const attr = { shadow: true };
    const make = (): Value => {
      switch (op.kind) {
        case 'new': return b.new(type, this.value(a), attr, naming);
        case 'literal': return b.literal(type, op.args.map((part, k) => this.part(part, b, placeType(op.result.type, k))), { ...attr, missing: op.attr.missing, optional: op.attr.optional }, naming);
        case 'load': return b.load(this.tangent.get(a)!, this.value(i), naming);
        case 'field': return b.field(this.tangent.get(a)!, op.attr.key!, naming);
        case 'pop': return b.pop(this.tangent.get(a)!);
        // An object without numbers, seen as one of a type that has some: its shadow has none either.
        case 'cast': return this.tangent.has(a) ? b.cast(this.tangent.get(a)!, type, attr, naming) : this.zeros(op.result, b, naming);
        case 'shift': return b.shift(this.tangent.get(a)!);
        case 'links': return b.links(this.tangent.get(a)!);
        case 'view': return b.view(this.tangent.get(a)!, op.args.slice(1).map((v) => this.value(v)), attr, naming);
        case 'extern': return (op.attr.np && this.ofArrays(op, b)) ?? this.zeros(op.result, b, naming);
        case 'splice': return this.tangent.has(a) ? this.splice(op, b, attr, naming) : this.zeros(op.result, b, naming);
        case 'copy': case 'clone': {
          const source = this.tangent.get(a);
          if (!source || op.attr.text === 'stopGradient') return this.zeros(op.result, b, naming);
          return op.kind === 'copy' ? b.slice(source, op.args.slice(1).map((v) => this.value(v)), type, attr, naming) : b.op('clone', [source], [type], { shared: op.attr.shared, absent: op.attr.absent }, naming).result;
        }
        default: return this.zeros(op.result, b, naming);
      }
    };
    this.tangent.set(op.result, make());
  }

  protected splice(op: Op, b: Builder, attr: Attributes = {}, naming: Naming = {}): Value {
    const [array, start, count, items] = op.args;
    return b.splice(this.tangent.get(array)!, this.value(start), this.value(count), this.tangent.get(items) ?? zerosOfItems(b, op, () => this.zeros(items, b)), attr, naming);
  }

  /** What the shadow holds for something that is put into memory, in a place of this type. */
  protected part(part: Value, b: Builder, place: Type): Value {
    if (isMemory(part.type)) return this.tangent.get(part) ?? this.zeros(part, b);
    if (!isValueType(part.type)) return b.const(undefined);
    const tangent = () => this.tangent.get(part) ?? this.zeros(part, b);
    const type = cotangentType(part.type);
    const nothing = (at: Builder) => at.op('const', [], [type], { value: undefined }).result;
    if (isNullish(part)) return nothing(b);
    // A number that is not there has no tangent either; of one that was read, the shadow says so itself.
    const { def } = part;
    if (place.absent !== 'undefined' || part.type.absent !== 'undefined' || (def instanceof Op && (def.kind === 'field' || def.kind === 'load') && this.tangent.has(part))) return tangent();
    return b.if(b.prim('eq', [this.value(part), b.const(undefined)]), [type], (inner) => [nothing(inner)], () => [tangent()]).result;
  }

  /** Writes to active memory are done to the shadow as well. */
  protected write(op: Op, b: Builder): void {
    const [a, i, v] = op.args;
    const target = a && this.tangent.get(a);
    if (!target || !isMemory(a.type)) return;
    switch (op.kind) {
      case 'store': b.store(target, this.value(i), this.part(v, b, elementType(a.type))); break;
      case 'accum': if (this.tangent.has(v)) b.accum(target, this.value(i), this.tangent.get(v)!); break;
      case 'setfield': b.setfield(target, op.attr.key!, this.part(i, b, fieldType(a.type, op.attr.key!)!)); break;
      case 'accumfield': if (this.tangent.has(i)) b.accumfield(target, op.attr.key!, this.tangent.get(i)!); break;
      case 'fill': b.fill(target, this.part(i, b, elementType(a.type))); break;
      case 'push': b.push(target, this.part(i, b, elementType(a.type))); break;
      case 'pop': b.pop(target); break;
      case 'unshift': b.unshift(target, this.part(i, b, elementType(a.type))); break;
      case 'shift': b.shift(target); break;
      case 'splice': this.splice(op, b); break;
      case 'resize': b.resize(target, this.value(i)); break;
      case 'addinto': if (this.tangent.has(i)) b.addinto(target, this.tangent.get(i)!); break;
      case 'clear': case 'detach': b.clear(target); break;
    }
  }

  /** The results that have a tangent, with its type. */
  protected activeOf(values: Value[]): { k: number; type: Type }[] {
    return values.flatMap((v, k) => (this.analysis.active(v) ? [{ k, type: isMemory(v.type) ? shadowType(v) : cotangentType(present(v.type)) }] : []));
  }
}

/** The type of a part of a literal. */
function placeType(type: Type, k: number): Type { return fieldType(type, fieldKeys(type)[k] ?? '') ?? elementType(type); }
