/**
 * How long the stages of the walk take, as a Prometheus histogram. Counted here and put into the library's form when somebody
 * asks: its own `observe` checks and hashes labels each time, which cost as much as what some stages do.
 */
import { Histogram, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';

export interface StageHistogramOptions<Stage extends string> {
  readonly name: string;
  readonly help: string;
  readonly stages: readonly Stage[];
  /** Upper bounds in seconds, rising. */
  readonly buckets: readonly number[];
  readonly registry: Registry;
}

interface Counted {
  /** By bucket, each for itself; the last is of what is above all bounds. */
  readonly buckets: Float64Array;
  sum: number;
}

export class StageHistogram<Stage extends string> extends Histogram<'stage'> {
  readonly #name: string;
  readonly #bounds: readonly number[];
  readonly #counted: ReadonlyMap<Stage, Counted>;

  constructor({ name, help, stages, buckets, registry }: StageHistogramOptions<Stage>) {
    super({ name, help, labelNames: ['stage'], buckets: [...buckets], registers: [registry] });
    this.#name = name;
    this.#bounds = buckets;
    this.#counted = new Map(
      stages.map((stage) => [stage, { buckets: new Float64Array(buckets.length + 1), sum: 0 }]),
    );
  }

  took(stage: Stage, seconds: number): void {
    const counted = this.#counted.get(stage) as Counted;
    let at = 0;
    while (at < this.#bounds.length && seconds > (this.#bounds[at] as number)) at++;
    counted.buckets[at] = (counted.buckets[at] as number) + 1;
    counted.sum += seconds;
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<'stage'>>> {
    const values = [...this.#counted].flatMap(([stage, counted]) => this.#valuesOf(stage, counted));
    return { ...(await super.get()), values };
  }

  #valuesOf(stage: Stage, { buckets, sum }: Counted): MetricValue<'stage'>[] {
    const bounds: readonly (number | string)[] = [...this.#bounds, '+Inf'];
    let count = 0;
    const values = bounds.map((le, at) => {
      count += buckets[at] as number;
      return { value: count, metricName: `${this.#name}_bucket`, labels: { le, stage } };
    });
    // As the library has it: nothing of what has never been.
    if (count === 0) return [];
    return [
      ...values,
      { value: sum, metricName: `${this.#name}_sum`, labels: { stage } },
      { value: count, metricName: `${this.#name}_count`, labels: { stage } },
    ] as MetricValue<'stage'>[];
  }
}
