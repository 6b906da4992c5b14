/**
 * What the reverse sweep knows at each place: cotangents of numbers, by frame, and shadows of memory.
 */
import { Builder } from '../ir/build.ts';
import { Op, Value, homeRegion } from '../ir/ir.ts';
import { add } from '../rules/arithmetic.ts';
import { Saves } from './saves.ts';
import { shadowOfLiteral, shadowType, zerosIfThere, zerosLike } from './variant.ts';
import { ForwardSweep } from './sweep.ts';

export class Cotangents extends ForwardSweep {
  protected get b(): Builder {
    return this.saves.frame.main;
  }

  protected cotangent(v: Value): Value | undefined {
    const home = homeRegion(v);
    for (let i = this.saves.frames.length - 1; i >= 0; i--) {
      const frame = this.saves.frames[i];
      const found = frame.adjoints.get(v);
      if (found) return found;
      if (frame.region === home) return undefined;
    }
    return undefined;
  }

  protected addTo(v: Value, term: Value | undefined): void {
    if (!term || !this.analysis.active(v)) return;
    const before = this.cotangent(v);
    this.saves.frame.adjoints.set(v, before ? add(this.b, before, term) : term);
  }

  /** The whole cotangent of a value, once all of its uses have been seen; it gets its name now. */
  protected take(v: Value): Value | undefined {
    const bar = this.cotangent(v);
    if (bar && !bar.name && bar.def instanceof Op && bar.def.kind !== 'const') Object.assign(bar, this.twins.naming(v));
    return bar;
  }

  /** A cotangent of zero; of an array, zeros of its shape. */
  protected zero(v: Value, b = this.b): Value {
    return v.type.kind === 'nd' ? zerosLike(b, this.saves.value(v)) : b.const(0);
  }

  /** What the shadow of memory holds where the memory held something else before a write. */
  protected zeroBefore(op: Op): Value {
    const before = this.before.get(op);
    // There may have been nothing.
    return before ? zerosIfThere(this.b, this.saves.kept(before, op.parent)) : this.b.const(0);
  }

  /** The shadow of a memory value, in the current frame. */
  protected shadow(v: Value): Value {
    const given = this.shadows.get(v);
    if (given) return given;
    const home = homeRegion(v);
    const frame = this.saves.frameOf(home);
    const key = this.companions.get(v) ?? this.shadowKey(v);
    const known = frame.memo.get(key);
    if (known) return known;
    const made = this.provideShadow(v, frame);
    frame.memo.set(key, made);
    return made;
  }

  protected shadowKeys = new Map<Value, Value>();
  protected shadowKey(v: Value): Value {
    let key = this.shadowKeys.get(v);
    if (!key) this.shadowKeys.set(v, (key = new Value(v.type, v.span)));
    return key;
  }

  protected provideShadow(v: Value, frame: ReturnType<Saves['open']>): Value {
    const home = homeRegion(v);
    const companion = this.companions.get(v);
    const naming = this.twins.naming(v);
    delete naming.variable;
    const b = frame.prologue;
    const op = v.def;
    if (!companion) return this.newShadow(v, b, naming);
    if (home === this.primal.body) return companion;
    if (op instanceof Op && op.kind === 'view') return b.view(this.shadow(op.args[0]), op.args.slice(1).map((a) => this.saves.value(a)), { shadow: true }, naming);
    if (op instanceof Op && (op.kind === 'load' || op.kind === 'field') && !this.analysis.order.overwritten(op) && !this.isExposed(op.args[0])) {
      const object = this.shadow(op.args[0]);
      return op.kind === 'load' ? b.load(object, this.saves.value(op.args[1]), naming) : b.field(object, op.attr.key!, naming);
    }
    if (op instanceof Op && op.kind === 'cast' && this.analysis.shadowed(op.args[0])) return b.cast(this.shadow(op.args[0]), shadowType(v), { shadow: true }, naming);
    return this.saves.kept(companion, home);
  }

  /** May the caller put something else into the object, and so into its shadow, before the reverse sweep? */
  private isExposed(object: Value): boolean { return this.kind === 'pair' && this.exposed.has(this.analysis.aliases.of(object)); }

  /** The shadow of simple memory: zeros, made where the reverse sweep begins. */
  protected newShadow(v: Value, b: Builder, naming: { name?: string }): Value {
    const op = v.def;
    const type = shadowType(v);
    const fixed = !this.analysis.order.resized(v);
    if (type.kind === 'array' && type.element.kind === 'nd') return zerosLike(b, this.saves.value(v), naming);
    if (op instanceof Op && fixed && op.kind === 'new') return b.new(type, this.saves.value(op.args[0]), { shadow: true }, naming);
    if (op instanceof Op && fixed && op.kind === 'literal') {
      if (type.kind === 'array' || type.kind === 'typed') return b.new(type, b.const(op.args.length), { shadow: true }, naming);
      return shadowOfLiteral(b, op, (part) => (part.type.kind === 'nd' ? zerosLike(b, this.saves.value(part)) : b.const(undefined)), naming);
    }
    if (op instanceof Op && fixed && op.kind === 'copy' && op.args.length === 1 && !this.analysis.order.resized(op.args[0])) {
      return b.new(type, b.length(this.saves.value(op.args[0])), { shadow: true }, naming);
    }
    return zerosLike(b, this.saves.value(v), naming);
  }
}
