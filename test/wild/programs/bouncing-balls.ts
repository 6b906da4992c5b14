/** Balls in a box: elastic collisions, with walls and friction. */
interface Ball {
  x: number;
  y: number;
  vx: number;
  vy: number;
  r: number;
}

function collide(a: Ball, b: Ball, restitution: number): void {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const d2 = dx * dx + dy * dy;
  const reach = a.r + b.r;
  if (d2 >= reach * reach) return;
  const d = Math.sqrt(d2);
  const nx = dx / d;
  const ny = dy / d;
  const approach = (b.vx - a.vx) * nx + (b.vy - a.vy) * ny;
  if (approach >= 0) return;
  const ma = a.r ** 2;
  const mb = b.r ** 2;
  const impulse = (-(1 + restitution) * approach) / (1 / ma + 1 / mb);
  a.vx -= (impulse * nx) / ma;
  a.vy -= (impulse * ny) / ma;
  b.vx += (impulse * nx) / mb;
  b.vy += (impulse * ny) / mb;
}

// @differentiate
export function simulate(balls: Ball[], options: { width: number; height: number; restitution: number; friction?: number }, steps: number): number {
  const { width, height, restitution } = options;
  const friction = options.friction ?? 0;
  const dt = 0.05;
  for (let step = 0; step < steps; ++step) {
    for (const ball of balls) {
      ball.x += ball.vx * dt;
      ball.y += ball.vy * dt;
      ball.vx *= 1 - friction * dt;
      ball.vy *= 1 - friction * dt;
      if (ball.x < ball.r) {
        ball.x = 2 * ball.r - ball.x;
        ball.vx = -restitution * ball.vx;
      } else if (ball.x > width - ball.r) {
        ball.x = 2 * (width - ball.r) - ball.x;
        ball.vx = -restitution * ball.vx;
      }
      if (ball.y < ball.r || ball.y > height - ball.r) ball.vy *= -restitution;
    }
    for (let i = 0; i < balls.length; i++)
      for (let j = i + 1; j < balls.length; j++)
        collide(balls[i], balls[j], restitution);
  }
  return balls.reduce((sum, b) => sum + b.x * b.x + b.y * b.y, 0);
}
