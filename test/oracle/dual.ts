/** Forward mode: a value with its tangent. */
import { Active, type Num, add, apply, times } from './number.ts';
import { partial } from './partials.ts';

export class Dual extends Active {
  constructor(level: number, value: Num, readonly tangent: Num) {
    super(level, value);
  }

  apply(op: string, args: Num[]): Num {
    const values = args.map((x) => valueAt(this.level, x));
    const y = apply(op, ...values);
    let tangent: Num = 0;
    args.forEach((x, i) => {
      if (!(x instanceof Dual) || x.level !== this.level) return;
      const slope = partial(op, values, y, i);
      if (slope !== undefined) tangent = add(tangent, times(x.tangent, slope));
    });
    return tangent === 0 ? y : new Dual(this.level, y, tangent);
  }
}

/** What a number is to a differentiation inside of that of this level. */
export function valueAt(level: number, x: Num): Num {
  return x instanceof Active && x.level === level ? x.value : x;
}

export function tangentAt(level: number, x: Num): Num {
  return x instanceof Dual && x.level === level ? x.tangent : 0;
}
