/** An elevator as an automaton: the energy that a list of requests takes. */
type Phase = 'idle' | 'accelerating' | 'cruising' | 'braking' | 'doors';
interface Lift { phase: Phase; position: number; speed: number; energy: number; timer: number }
export interface Parameters_ { mass: number; acceleration: number; maxSpeed: number; friction: number }

function advance(lift: Lift, target: number, p: Parameters_, dt: number): Lift {
  const direction = Math.sign(target - lift.position);
  const distance = Math.abs(target - lift.position);
  const stopping = lift.speed ** 2 / (2 * p.acceleration);
  switch (lift.phase) {
    case 'idle':
      return distance > 0.01 ? { ...lift, phase: 'accelerating' } : { ...lift, phase: 'doors', timer: 0.5 };
    case 'accelerating':
    case 'cruising': {
      const speed = Math.min(lift.speed + p.acceleration * dt, p.maxSpeed);
      const moved: Lift = {
        ...lift,
        speed,
        position: lift.position + direction * speed * dt,
        energy: lift.energy + (p.mass * p.acceleration + p.friction * speed) * speed * dt,
      };
      if (distance - speed * dt <= stopping) return { ...moved, phase: 'braking' };
      return { ...moved, phase: speed < p.maxSpeed ? 'accelerating' : 'cruising' };
    }
    case 'braking': {
      const speed = Math.max(lift.speed - p.acceleration * dt, 0.05);
      if (distance < 0.1) return { ...lift, speed: 0, position: target, phase: 'doors', timer: 0.3 };
      return { ...lift, speed, position: lift.position + direction * speed * dt };
    }
    case 'doors':
      return lift.timer > 0 ? { ...lift, timer: lift.timer - dt, energy: lift.energy + 0.2 * dt } : { ...lift, phase: 'idle' };
    default: {
      const never: never = lift.phase;
      throw new Error(`unknown phase ${never}`);
    }
  }
}

// @differentiate
export function energy(floors: number[], p: Parameters_, dt = 0.1): number {
  let lift: Lift = { phase: 'idle', position: 0, speed: 0, energy: 0, timer: 0 };
  const queue = [...floors];
  let steps = 0;
  while (queue.length > 0 && steps++ < 400) {
    const target = queue[0]!;
    const before = lift.phase;
    lift = advance(lift, target, p, dt);
    if (before === 'doors' && lift.phase === 'idle') queue.shift();
  }
  return lift.energy;
}
