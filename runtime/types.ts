/** The types of derivatives: what a tangent or cotangent of a value looks like. */

/** A function that can be handed to a transform. */
export type AnyFunction = (this: any, ...args: any[]) => any;
/** A function with a number, or an n-d array of one element, as its result: it has a gradient. */
export type ScalarFunction = (this: any, ...args: any[]) => number | NDValue;

/** An n-d array of `tapeless/numpy`: a value, whose tangents and cotangents are arrays of the same shape. */
export interface NDValue { readonly isNDArray: true }

/** Arrays of floating-point numbers: tangents and cotangents are arrays of the same kind and length. */
type FloatArray = Float64Array | Float32Array;
/** Values without derivative. */
type Discrete =
  | string | boolean | bigint | symbol | null | undefined | ((...args: any[]) => unknown) | Date | RegExp
  | Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array
  | ReadonlySet<any>;

type IsAny<T> = 0 extends 1 & T ? true : false;

/**
 * The type of a derivative with respect to a `T`, as transforms return it. It has the structure of
 * its value: a number for a number, an array for an array, a record for a record. What has no
 * derivative (a string, a boolean, a function) is `undefined`. It is the caller's own: nothing in it is
 * readonly. Optional properties stay optional.
 */
export type Cotangent<T> =
  IsAny<T> extends true ? any
  : T extends number ? number
  : T extends FloatArray | NDValue | undefined ? T
  : T extends Discrete ? undefined
  : T extends ReadonlyMap<infer K, infer V> ? ([V] extends [Discrete] ? undefined : Map<K, Cotangent<V>>)
  : T extends object ? { -readonly [K in keyof T]: Cotangent<T[K]> }
  : unknown;

/**
 * What a transform takes as a tangent or cotangent of a `T`: like `Cotangent<T>`, but whatever has
 * no derivative may also be left out or hold anything, so that a value can serve as its own tangent.
 */
export type Tangent<T> =
  IsAny<T> extends true ? any
  : T extends number ? number
  : T extends NDValue ? T
  // Whatever buffer it is on.
  : T extends Float64Array ? Float64Array
  : T extends Float32Array ? Float32Array
  : T extends Discrete ? unknown
  : T extends ReadonlyMap<infer K, infer V> ? ([V] extends [Discrete] ? unknown : ReadonlyMap<K, Tangent<V>>)
  : T extends readonly unknown[] ? { readonly [K in keyof T]: Tangent<T[K]> }
  : T extends object ?
    & { readonly [K in keyof T as T[K] extends Discrete ? never : K]: Tangent<T[K]> }
    & { readonly [K in keyof T as T[K] extends Discrete ? K : never]?: unknown }
  : unknown;

/** One cotangent for each argument; optional arguments have optional cotangents. */
export type Cotangents<P extends readonly unknown[]> = { -readonly [K in keyof P]: Cotangent<P[K]> };
/** One tangent for each argument; `undefined` stands for zero. */
export type Tangents<P extends readonly unknown[]> = { readonly [K in keyof P]: Tangent<P[K]> | undefined };

/** Which arguments to differentiate with respect to: one by its index, or several. */
export type Argnums = number | readonly number[];

/** The gradient of `F` with respect to the arguments `A`: of one number its cotangent, of a list a tuple. */
export type Gradient<F extends AnyFunction, A extends Argnums> =
  A extends number ? Cotangent<Parameters<F>[A]>
  // What is expected of the result says nothing of A.
  : NoInfer<Asked<F, A>>;

type Asked<F extends AnyFunction, A extends Argnums> = A extends number ? Cotangent<Parameters<F>[A]> : { -readonly [K in keyof A]: A[K] extends number ? Cotangent<Parameters<F>[A[K]]> : never };

/** What `jacobian(f, { argnums })` returns. */
export type JacobianOf<F extends AnyFunction, A extends Argnums> = NoInfer<Jacobian<ReturnType<F>, Asked<F, A>>>;
/** What `hessian(f, { argnums })` returns: the Jacobian of the Jacobian, which is the gradient where the result is a number. */
export type HessianOf<F extends AnyFunction, A extends Argnums> = NoInfer<Jacobian<Jacobian<ReturnType<F>, Asked<F, A>>, Asked<F, A>>>;

/**
 * The Jacobian of a result `Y` with respect to something whose gradient is a `G`: the structure of the result, with a
 * gradient in place of each number. A row of numbers is an array of gradients, or, if these are numbers, a row again.
 */
export type Jacobian<Y, G> =
  IsAny<Y> extends true ? any
  : Y extends number ? G
  : Y extends FloatArray ? ([G] extends [number] ? Y : G[])
  : Y extends Discrete ? undefined
  : Y extends object ? { -readonly [K in keyof Y]: Jacobian<Y[K], G> }
  : unknown;

/** How `vmap` goes through an argument: 0, element by element; null, not at all; or by the parts of a record or tuple. */
export type InAxes = 0 | null | readonly InAxes[] | { readonly [key: string]: InAxes };

type AxisAt<A, K> = A extends readonly unknown[] ? (K extends keyof A ? A[K] : null) : A;
type Batch<T, X> =
  X extends null ? T
  : X extends 0 ? (IsAny<T> extends true ? any : T extends number ? readonly number[] | FloatArray : readonly T[])
  : T extends object ? { readonly [K in keyof T]: Batch<T[K], K extends keyof X ? X[K] : null> }
  : never;

/** The arguments of a batched function. */
export type Batches<P extends readonly unknown[], A> = { [K in keyof P]: Batch<P[K], AxisAt<A, K>> };

/** The first of the arguments that is a batch. */
export type FirstBatch<B extends readonly unknown[], A, N extends unknown[] = []> =
  B extends readonly [infer Head, ...infer Tail] ? (AxisAt<A, `${N['length']}`> extends null ? FirstBatch<Tail, A, [...N, Head]> : Head) : unknown;

/** What numbers come back in: the kind of container of the first batch; an array, if that is a batch of something else. */
export type Container<First> = First extends FloatArray ? First : First extends readonly unknown[] ? number[] : number[] | Float64Array;

/** What a batched function returns. */
export type Batched<Y, C> =
  IsAny<Y> extends true ? any
  : [Y] extends [number] ? C
  : undefined extends Y ? Y[]
  : Y extends FloatArray | Discrete ? Y[]
  : Y extends readonly unknown[] ? (number extends Y['length'] ? Y[] : { -readonly [K in keyof Y]: Batched<Y[K], C> })
  : Y extends object ? { -readonly [K in keyof Y]: Batched<Y[K], C> }
  : Y[];

export interface GradOptions<A extends Argnums = Argnums> {
  /** The argument to differentiate with respect to, counted from 0; or a list of them. Default: 0. */
  readonly argnums?: A;
}

/**
 * What the compiler knows of a function: written by it, never by hand. W stands for the active arguments.
 * @internal
 */
export interface Derivatives {
  /** W: indexes of the arguments with a derivative, ascending. */
  readonly wrt: readonly number[];
  /** How many parameters the function declares. */
  readonly params: number;
  /** The last of them is a rest parameter: derivatives take an array there. */
  readonly rest?: boolean;
  /** Pairs of arguments that must not share memory: the function writes to the first. */
  readonly disjoint?: readonly (readonly [number, number])[];
  /** (…arguments, ȳ = 1) → [y, …x̄ for W]; absent where the result is not a number. */
  readonly grad?: Function;
  /** (…arguments, …ẋ for W) → [y, ẏ] */
  readonly jvp?: Function;
  /** (…arguments) → [y, saved] */
  readonly fwd?: Function;
  /** (saved, ȳ) → […x̄ for W] */
  readonly bwd?: Function;
  /** (…arguments, …ẋ for W) → ẏ */
  readonly tangent?: Function;
  /** (…arguments) → [y, linear] */
  readonly lin?: Function;
  /** (linear, …ẋ for W) → ẏ */
  readonly push?: Function;
  /** (…arguments) → what the transform's function returns, for the `argnums` of the call. */
  readonly jacfwd?: Function;
  readonly jacrev?: Function;
  readonly jacobian?: Function;
  readonly hessian?: Function;
  /** (…batches) → a batch of results */
  readonly vmap?: Function;
  /** Derivatives of the function that gives the list of the gradients with respect to each of W. */
  readonly gradient?: Derivatives;
  /** The derivatives of `grad(f, { argnums })`, from those of `f`. */
  readonly ofGradient?: (f: AnyFunction, derivatives: Derivatives, argnums: Argnums) => Derivatives;
}
