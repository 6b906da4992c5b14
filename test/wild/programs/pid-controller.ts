/** A PID controller with anti-windup drives a room with a heater; the cost is to be tuned. */
class PidController {
  private integral = 0;
  private lastError?: number;

  constructor(
    private readonly kp: number,
    private readonly ki: number,
    private readonly kd: number,
    private readonly limits: { min: number; max: number } = { min: -Infinity, max: Infinity },
  ) {}

  update(error: number, dt: number): number {
    const derivative = this.lastError === undefined ? 0 : (error - this.lastError) / dt;
    this.lastError = error;
    const candidate = this.integral + error * dt;
    const output = this.kp * error + this.ki * candidate + this.kd * derivative;
    if (output > this.limits.max) return this.limits.max;
    if (output < this.limits.min) return this.limits.min;
    this.integral = candidate;
    return output;
  }
}

class Room {
  temperature: number;

  constructor(start: number, private readonly outside: number, private readonly leak = 0.1) {
    this.temperature = start;
  }

  heat(power: number, dt: number): void {
    this.temperature += dt * (power - this.leak * (this.temperature - this.outside));
  }
}

export interface Gains {
  kp: number;
  ki: number;
  kd: number;
}

// @differentiate
export function trackingCost(gains: Gains, setPoint: number, start: number, steps = 40): number {
  const dt = 0.25;
  const pid = new PidController(gains.kp, gains.ki, gains.kd, { min: 0, max: 4 });
  const room = new Room(start, 5);
  let cost = 0;
  for (let i = 0; i < steps; i++) {
    const error = setPoint - room.temperature;
    const power = pid.update(error, dt);
    room.heat(power, dt);
    cost += (error * error + 0.05 * power * power) * dt;
  }
  return cost;
}
