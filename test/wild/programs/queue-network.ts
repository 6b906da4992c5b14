/** A job shop as discrete events: machines with queues, jobs with routes; mean flow time. */
type Job = { id: number; arrival: number; route: { machine: number; duration: number }[] };
type Event = { time: number; kind: 'arrive' | 'finish'; job: Job; step: number };

// @differentiate
export function meanFlowTime(arrivals: number[], durations: number[][], setup: number): number {
  const jobs: Job[] = arrivals.map((arrival, id) => ({ id, arrival, route: durations[id]!.map((duration, k) => ({ machine: (id + k) % 2, duration })) }));
  const events: Event[] = jobs.map((job) => ({ time: job.arrival, kind: 'arrive', job, step: 0 }));
  const busyUntil = [0, 0];
  const finished = new Map<number, number>();
  while (events.length) {
    events.sort((a, b) => a.time - b.time);
    const { time, kind, job, step } = events.shift()!;
    if (kind === 'finish' && step + 1 >= job.route.length) {
      finished.set(job.id, time);
      continue;
    }
    const next = kind === 'arrive' ? step : step + 1;
    const { machine, duration } = job.route[next]!;
    const start = Math.max(time, busyUntil[machine]!);
    busyUntil[machine] = start + setup + duration;
    events.push({ time: busyUntil[machine]!, kind: 'finish', job, step: next });
  }
  let total = 0;
  for (const job of jobs) total += (finished.get(job.id) ?? 0) - job.arrival;
  return total / jobs.length;
}
