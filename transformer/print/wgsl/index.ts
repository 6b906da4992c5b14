/**
 * A function of numbers, with its gradient, as a WebGPU kernel in WGSL. The kernel calls it for each element of its
 * arguments, and sums what is to be summed: in each workgroup by halving, and then over the workgroups (`reduce`), since
 * WGSL has no atomic sums of floating-point numbers.
 *
 * An argument is an array of as many numbers as there are elements, or one number for all of them; its step, 1 or 0,
 * says which. In the same way a result has a place for each element, or one for the sum over all: the cotangent of a
 * number that all elements share is the sum of theirs. So one kernel serves `map` and `sum`, forward and backward.
 */
import type * as t from '@babel/types';
import type { Func } from '../../ir/ir.ts';
import { cloneFunc } from '../../ir/walk.ts';
import { printBody, type PrintOptions } from '../index.ts';
import { Names } from '../names.ts';
import { legalise } from './legal.ts';
import { float, indent, translate } from './translate.ts';
import type { WgslFunction } from './functions.ts';
import { RESERVED } from './words.ts';

export interface KernelFunctions {
  primal: Func;
  /** Reverse mode: value and cotangents. Or forward mode: value and tangent. */
  derivative: { mode: 'grad' | 'jvp'; func: Func };
  /** Which parameters have a derivative. */
  wrt: boolean[];
  /** Where the function is: `gaussian.ts:4`. */
  place: string;
}

/** Throws a `CompileError` where a function does what a GPU cannot do. */
export function printKernel({ primal, derivative, wrt, place }: KernelFunctions): string {
  const names = new Names([...RESERVED, ...KERNEL_NAMES]);
  const used = new Set<WgslFunction>();
  const name = names.of(primal);
  const count = primal.params.length;
  const forward = printFunction(primal, name, 'f32', ([y]) => y, names, used);
  const gradient = names.fresh(`${name}_grad`);
  const type = `array<f32, ${count + 1}>`;
  const all = (value: string, bars: string[]) => `${type}(${[value, ...wrt.map((active) => (active ? bars.shift()! : '0.0'))].join(', ')})`;
  const backward = derivative.mode === 'grad'
    ? printFunction(derivative.func, gradient, type, ([y, ...bars]) => all(y, bars), names, used)
    : byForwardMode(derivative.func, gradient, type, all, primal, wrt, names, used);
  const helpers = [...used].map((f) => f.text!);
  return [
    `// \`${primal.name}\` (${place}) and its gradient, for WebGPU: numbers have 32 bits, infinities and NaN are not defined.`,
    ...helpers, forward, backward, launch(count, name, gradient),
  ].join('\n\n') + '\n';
}

function printFunction(func: Func, name: string, type: string, result: (parts: string[]) => string, names: Names, used: Set<WgslFunction>): string {
  const copy = cloneFunc(func);
  legalise(copy);
  const options: PrintOptions = { names, reserved: [...RESERVED, ...KERNEL_NAMES] };
  const { statements, params } = printBody(copy, options);
  const { body, assigned, used: called } = translate(statements as t.Statement[], params, result);
  for (const f of called) used.add(f);
  const given = (p: string) => (assigned.has(p) ? `${p}_given` : p);
  const variables = params.filter((p) => assigned.has(p)).map((p) => `var ${p} = ${given(p)};\n`).join('');
  return `fn ${name}(${params.map((p) => `${given(p)}: f32`).join(', ')}) -> ${type} {\n${indent(variables + body)}\n}`;
}

/** The gradient by one tangent after the other, where reverse mode would have to save an unknown number of values. */
function byForwardMode(
  jvp: Func, name: string, type: string, all: (value: string, bars: string[]) => string, primal: Func, wrt: boolean[], names: Names, used: Set<WgslFunction>,
): string {
  const tangent = names.fresh(`${primal.name}_jvp`.replace(/\W/g, '_'));
  const forward = printFunction(jvp, tangent, 'vec2f', (parts) => `vec2f(${parts.join(', ')})`, names, used);
  const params = primal.params.map((_, i) => `x${i}`);
  const active = wrt.flatMap((w, i) => (w ? [i] : []));
  const calls = active.map((i) => `let y${i} = ${tangent}(${[...params, ...active.map((j) => float(i === j ? 1 : 0))].join(', ')});\n`);
  const body = `${calls.join('')}return ${all(`y${active[0]}.x`, active.map((i) => `y${i}.y * y_bar`))};`;
  return `${forward}\n\nfn ${name}(${[...params, 'y_bar'].map((p) => `${p}: f32`).join(', ')}) -> ${type} {\n${indent(body)}\n}`;
}

const KERNEL_NAMES = ['LANES', 'PARAMETERS', 'RESULTS', 'Place', 'Launch', 'launch', 'inputs', 'outputs', 'lanes', 'argument', 'total', 'forward', 'gradient', 'reduce'];

/** The entry points. Places are those of the arguments, of the cotangent of the result, of the result and of the cotangents of the arguments. */
function launch(count: number, name: string, gradient: string): string {
  const args = (n: number) => Array.from({ length: n }, (_, k) => `argument(${k}u, i)`).join(', ');
  return `const PARAMETERS = ${count}u;
const RESULTS = ${count + 1}u;
const LANES = 64u;

// Element i is at start + step * i; with step 0 all elements share one number, which for a result is their sum.
struct Place { start: u32, step: u32 }
struct Launch { size: u32, groups: u32, places: array<Place, ${2 * count + 2}> }
@group(0) @binding(0) var<storage, read> launch: Launch;
@group(0) @binding(1) var<storage, read> inputs: array<f32>;
@group(0) @binding(2) var<storage, read_write> outputs: array<f32>;
var<workgroup> lanes: array<f32, LANES>;

fn argument(k: u32, i: u32) -> f32 {
  let at = launch.places[k];
  return inputs[at.start + at.step * i];
}

// The sum over the workgroup, by halving.
fn total(value: f32, lane: u32) -> f32 {
  lanes[lane] = value;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      lanes[lane] += lanes[lane + half];
    }
  }
  workgroupBarrier();
  let sum = lanes[0];
  workgroupBarrier();
  return sum;
}

@compute @workgroup_size(LANES)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = launch.places[RESULTS];
  var sum = 0.0;
  for (var i = id.x; i < launch.size; i += launch.groups * LANES) {
    let y = ${name}(${args(count)});
    if (at.step == 1u) {
      outputs[at.start + i] = y;
    }
    sum += y;
  }
  let part = total(sum, lane);
  if (at.step == 0u && lane == 0u) {
    outputs[at.start + group.x] = part;
  }
}

@compute @workgroup_size(LANES)
fn gradient(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var sums: array<f32, RESULTS>;
  for (var i = id.x; i < launch.size; i += launch.groups * LANES) {
    var y = ${gradient}(${args(count + 1)});
    for (var k = 0u; k < RESULTS; k++) {
      let at = launch.places[RESULTS + k];
      if (at.step == 1u) {
        outputs[at.start + i] = y[k];
      }
      sums[k] += y[k];
    }
  }
  for (var k = 0u; k < RESULTS; k++) {
    let at = launch.places[RESULTS + k];
    let part = total(sums[k], lane);
    if (at.step == 0u && lane == 0u) {
      outputs[at.start + group.x] = part;
    }
  }
}

// The sum over the workgroups: of each result, by one workgroup.
@compute @workgroup_size(LANES)
fn reduce(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = launch.places[RESULTS + group.x];
  var sum = 0.0;
  if (at.step == 0u) {
    for (var i = lane; i < launch.groups; i += LANES) {
      sum += outputs[at.start + i];
    }
  }
  let whole = total(sum, lane);
  if (at.step == 0u && lane == 0u) {
    outputs[at.start] = whole;
  }
}`;
}
