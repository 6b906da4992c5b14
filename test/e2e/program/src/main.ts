import { grad, jvp, valueAndGrad, vjp } from 'tapeless';
import { check, checkProducts } from './check.js';
import root, { energy, loss, polar, power, rosenbrock } from './functions.js';
import { cube } from './library.js';

check('rosenbrock', rosenbrock, [Float64Array.of(-1.2, 1, 0.7)], {
  grad: grad(rosenbrock), valueAndGrad: valueAndGrad(rosenbrock),
  vjp: (args) => vjp(rosenbrock, args), jvp: (args, tangents) => jvp(rosenbrock, args, tangents),
});
check('power', power, [1.3, 0.9], {
  grad: grad(power), valueAndGrad: valueAndGrad(power),
  vjp: (args) => vjp(power, args), jvp: (args, tangents) => jvp(power, args, tangents),
});
check('energy', energy, [{ stiffness: 3, rest: 0.5 }, 1.25, 'left'], {
  grad: grad(energy), valueAndGrad: valueAndGrad(energy),
  vjp: (args) => vjp(energy, args), jvp: (args, tangents) => jvp(energy, args, tangents),
});
check('loss', loss, [[[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]], [1.5, -0.5], [0.1, 0.2, 0.3]], {
  grad: grad(loss), valueAndGrad: valueAndGrad(loss),
  vjp: (args) => vjp(loss, args), jvp: (args, tangents) => jvp(loss, args, tangents),
});
check('root', root, [2.5, 1.2], {
  grad: grad(root), valueAndGrad: valueAndGrad(root),
  vjp: (args) => vjp(root, args), jvp: (args, tangents) => jvp(root, args, tangents),
});
checkProducts('polar', polar, [2, 0.6], {
  vjp: (args) => vjp(polar, args), jvp: (args, tangents) => jvp(polar, args, tangents),
});

const a = 4;
console.log(JSON.stringify({
  literal: grad((x: number) => x * x * a)(3),
  unmarked: grad(cube)(2),
  second: grad(loss, { argnums: [1] })([[2]], [0.5], [1])[0]!.length,
}));
