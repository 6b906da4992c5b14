/**
 * What must hold at a point. First, without the compiler: the oracle's value, final arguments and effects are those of
 * the program, and its tangent is what central differences say. Then, of each way to compile the program: the primal is
 * unchanged in every mode (value, arguments, aliases, effects), and derivatives are the oracle's, of first and second order.
 */
import { overlap } from '../../runtime/structure.ts';
import { ridders } from '../../runtime/testing/ridders.ts';
import { copyOf, dot, flatten, normals, unflatten } from '../../runtime/testing/vector.ts';
import * as runtime from '../../runtime/index.ts';
import { type OracleOptions, oracleHvp, oracleJvp, oracleValue, oracleVjp } from '../oracle/index.ts';
import { Difference, aliases, near, same } from './compare.ts';
import type { Sources } from './compile.ts';
import { type Code, World } from './world.ts';

export interface Subject {
  sources: Sources;
  original: Code;
  /** Positions of the parameters that have a derivative. */
  wrt: readonly number[];
  /** Is the result a number? Then it has a gradient, and second derivatives. */
  scalar: boolean;
  /** Numbers are rounded to single precision on the way: differences are of no use. */
  single: boolean;
}

/** A point at which the program cannot be judged. */
export class Rejection extends Error {}

const RTOL = 1e-11;
/** Derivatives in a Float32Array are rounded to single precision. */
const RTOL_SINGLE = 1e-5;
/** Rounding in differences is relative to values, which must be moderate. */
const LARGEST = 1e5;
const STEPS = [1e-2, 1e-3, 1e-4];
const RTOL_DIFFERENCES = 1e-6;

/** A point with all that is expected there. */
export class Expected {
  readonly value: any;
  readonly after: any[];
  readonly tangents: any[];
  readonly cotangent: any;
  private readonly log: string[];
  private readonly aliases: string[];
  private readonly rtol: number;
  private readonly jvp: any;
  private readonly vjp: any[];
  private readonly gradient?: any[];
  private readonly hessian?: any[];
  private readonly args: readonly any[];

  /** The arguments are made anew for each run, which has classes of its own. */
  constructor(private readonly subject: Subject, private readonly make: (exports: Record<string, any>) => readonly any[]) {
    const { exports, world } = subject.original.start();
    const args = this.args = make(exports);
    this.rtol = subject.single ? RTOL_SINGLE : RTOL;
    this.after = args.map(copyOf);
    this.value = exports.f(...this.after);
    this.log = [...world.log];
    this.aliases = aliases(this.value, ...this.after);
    if (!flatten(this.value).every(isModerate)) throw new Rejection('value');

    const random = normals(11);
    const direction = (x: any) => unflatten(x, flatten(x).map(random));
    this.tangents = args.map((x, i) => (subject.wrt.includes(i) ? direction(x) : undefined));
    this.cotangent = direction(this.value);
    this.jvp = this.oracle('jvp', (o) => oracleJvp(subject.sources, 'input.ts', 'f', args, this.tangents, o).tangent);
    this.vjp = this.oracle('vjp', (o) => oracleVjp(subject.sources, 'input.ts', 'f', args, this.cotangent, o).cotangents);
    if (subject.scalar) {
      this.gradient = this.oracle('vjp', (o) => oracleVjp(subject.sources, 'input.ts', 'f', args, 1, o).cotangents);
      this.hessian = this.oracle('hvp', (o) => oracleHvp(subject.sources, 'input.ts', 'f', args, this.tangents, 1, o).products);
    }
    if (![this.jvp, this.vjp, this.hessian].every((x) => flatten(x).every(isModerate))) throw new Rejection('derivative');
    this.differences();
  }

  /** Parameters on which the result depends, as far as this point tells. */
  get active(): number[] {
    return this.subject.wrt.filter((i) => i < this.args.length && flatten(this.vjp[i]).some((x) => x !== 0));
  }

  /** Does the gradient depend on the arguments? Where it does not, the compiler says that it has no derivative. */
  get curved(): boolean { return flatten(this.hessian).some((x) => x !== 0); }

  /** Runs the oracle, which must have the program's effects. */
  private oracle<T>(mode: string, run: (options: OracleOptions) => T): T {
    const world = new World();
    const result = run({ globals: world.globals });
    same(`effects in the oracle's ${mode}`, world.log, this.log);
    return result;
  }

  /**
   * The oracle against the program: value, arguments, and the tangent against differences, along the longest step on which
   * the oracle's trace is the same at both ends and in the middle.
   */
  private differences(): void {
    const { subject: { sources, original, single, wrt }, args } = this;
    const tangents = this.tangents.map(flatten);
    const at = (h: number, of = args) => of.map((x, i) => (wrt.includes(i) ? unflatten(x, flatten(x).map((n, k) => n + h * tangents[i][k])) : copyOf(x)));
    const run = (h: number) => oracleValue(sources, 'input.ts', 'f', at(h), { globals: new World().globals });
    const { value, args: after, trace } = run(0);
    same('the value, the oracle says', value, plain(this.value));
    same('the arguments afterwards, the oracle says', after, plain(this.after));
    if (single) return;
    const step = STEPS.find((h) => run(h).trace === trace && run(-h).trace === trace);
    if (!step) throw new Rejection('next to a kink');
    const { slope, error } = ridders((h) => {
      const { exports } = original.start();
      return flatten(exports.f(...at(h, this.make(exports))));
    }, step);
    const tangent = flatten(this.jvp);
    const size = Math.max(1, ...tangent.map(Math.abs));
    if (error > 0.1 * RTOL_DIFFERENCES * size) throw new Rejection('differences do not converge');
    tangent.forEach((x, i) => {
      if (Math.abs(x - slope[i]) > RTOL_DIFFERENCES * size) throw new Difference('the oracle', `tangent ${x} at ${i}, differences say ${slope[i]} ± ${error}`);
    });
  }

  /** By how much the oracle's numbers change if each of their terms has an error of the tolerance. */
  private spread(run: (options: OracleOptions) => any): () => number[] {
    return () => {
      const exact = flatten(run({ globals: new World().globals }));
      const worst = exact.map(() => 0);
      for (let seed = 1; seed <= 8; seed++) {
        const random = normals(seed);
        const noisy = flatten(run({ globals: new World().globals, noise: () => this.rtol * random() }));
        noisy.forEach((x, i) => { worst[i] = Math.max(worst[i], Math.abs(x - exact[i])); });
      }
      return worst;
    };
  }

  /** Checks a compiled program, which exports second derivatives with respect to these parameters; throws what differs first. */
  check(code: Code, second: readonly number[]): void {
    const { subject: { sources, wrt, scalar }, args, rtol, tangents, cotangent } = this;
    const start = (mode: string) => {
      const { exports, world } = code.start();
      const given = this.make(exports).map(copyOf);
      return {
        exports, given,
        finish: (value: unknown) => {
          if (value !== undefined) same(`the primal in ${mode}`, value, this.value);
          same(`the arguments after ${mode}`, given, this.after);
          if (value !== undefined) same(`the aliases after ${mode}`, aliases(value, ...given), this.aliases);
          same(`the effects of ${mode}`, world.log, this.log);
        },
      };
    };
    const apart = (what: string, a: unknown, b: unknown) => {
      if (overlap(a, b)) throw new Difference(what, 'shares memory with what the caller holds');
    };

    const forward = start('jvp');
    const givenTangents = tangents.map(copyOf);
    const [forwardValue, tangent] = runtime.jvp(forward.exports.f, forward.given as never, givenTangents as never) as [any, any];
    forward.finish(forwardValue);
    same('the tangents that were passed', givenTangents, tangents);
    apart('the tangent', tangent, givenTangents);
    near('the tangent', tangent, this.jvp, rtol, this.spread((o) => oracleJvp(sources, 'input.ts', 'f', args, tangents, o).tangent));

    const reverse = start('vjp');
    const givenCotangent = copyOf(cotangent);
    const [reverseValue, pullback] = runtime.vjp(reverse.exports.f, reverse.given as never) as [any, (c: any) => any[]];
    reverse.finish(reverseValue);
    const cotangents = pullback(givenCotangent);
    reverse.finish(undefined);
    same('the cotangent that was passed', givenCotangent, cotangent);
    const again = pullback(givenCotangent);
    same('the second call of the pullback', again, cotangents);
    apart('the cotangents', cotangents, [givenCotangent, again]);
    near('the cotangents', cotangents, this.vjp, rtol, this.spread((o) => oracleVjp(sources, 'input.ts', 'f', args, cotangent, o).cotangents));

    const active = (list: readonly any[], which = wrt) => which.map((i) => list[i]);
    const [c, t, bars, dots] = [cotangent, tangent, active(cotangents), active(tangents)].map(flatten);
    const [left, right] = [dot(c, t), dot(bars, dots)];
    const scale = Math.max(1e-4, dot(c.map(Math.abs), t.map(Math.abs)), dot(bars.map(Math.abs), dots.map(Math.abs)));
    if (!(Math.abs(left - right) <= rtol * scale)) throw new Difference('the dot product', `⟨ȳ, Jẋ⟩ = ${left}, ⟨Jᵀȳ, ẋ⟩ = ${right}`);
    if (!scalar || !this.active.length) return;

    const gradient = start('grad');
    const argnums = this.active;
    const [gradValue, gradients] = runtime.valueAndGrad(gradient.exports.f, { argnums })(...gradient.given as never[]) as [any, any];
    gradient.finish(gradValue);
    near('the gradient', gradients, active(this.gradient!, argnums), rtol, this.spread((o) => active(oracleVjp(sources, 'input.ts', 'f', args, 1, o).cotangents, argnums)));

    for (const mode of ['forwardOverReverse', 'reverseOverReverse'] as const) {
      const run = start(mode);
      // The tangents come after all arguments, those that may be left out, too.
      if (run.exports[mode]?.length !== args.length + second.length) continue;
      const directions = tangents.map((x, i) => (second.includes(i) ? x : undefined));
      const hvp = (o: OracleOptions) => oracleHvp(sources, 'input.ts', 'f', args, directions, 1, o);
      const [gradient, product] = run.exports[mode](...run.given, ...active(directions, second).map(copyOf));
      run.finish(undefined);
      near(`the gradient in ${mode}`, gradient, active(this.gradient!, second), rtol, this.spread((o) => active(hvp(o).cotangents, second)));
      near(mode, product, active(hvp({ globals: new World().globals }).products, second), rtol, this.spread((o) => active(hvp(o).products, second)));
    }
  }
}

/** Values beyond LARGEST, and what is no number, are rejected. */
const isModerate = (x: number) => Math.abs(x) < LARGEST;

/** Records without the prototypes of classes. */
function plain(x: any): any {
  if (Array.isArray(x)) return x.map(plain);
  return x && typeof x === 'object' && !ArrayBuffer.isView(x) ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, plain(v)])) : x;
}

/** Second derivatives of a function with a number as the result, as compositions: the Hessian times a vector, in two ways. */
export type Composition = 'forwardOverReverse' | 'reverseOverReverse';

/** Text that makes a program export its second derivatives with respect to some parameters. */
export function secondOrder(mode: Composition, params: readonly { name: string; type: string }[], wrt: readonly number[]): string {
  const names = params.map((p) => p.name).join(', ');
  const dots = wrt.map((i) => `${params[i].name}_t`);
  const head = [...params, ...wrt.map((i) => ({ name: `${params[i].name}_t`, type: params[i].type }))].map((p) => `${p.name}: ${p.type}`).join(', ');
  const gradient = `grad(f, { argnums: [${wrt.join(', ')}] }), [${names}]`;
  if (mode === 'forwardOverReverse') return `\nexport const ${mode} = (${head}) => jvp(${gradient}, [${params.map((p, i) => (wrt.includes(i) ? `${p.name}_t` : 'undefined')).join(', ')}]);\n`;
  return `
export const ${mode} = (${head}): [unknown, unknown] => {
  const [gradient, pullback] = vjp(${gradient});
  const bars = pullback([${dots.join(', ')}]);
  return [gradient, [${wrt.map((i) => `bars[${i}]`).join(', ')}]];
};
`;
}
