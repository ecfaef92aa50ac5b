import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { search, type Bucket, type EventQuery } from '../../api/events.ts'
import type { Bar, Series } from '../../components/histogram.tsx'
import { chosenZone, intervalFor } from '../../time.ts'

const MOST_BARS = 120
/** More colours are not told apart. */
const MOST_VALUES = 5

/** How many events there are over time, in all and for the most frequent values of a field. */
export function useHistogram({ index, span }: EventQuery, dsl: object | undefined, split: string | undefined) {
  const interval = intervalFor(span, MOST_BARS)
  const bars = {
    date_histogram: {
      field: '@timestamp',
      fixed_interval: interval.text,
      time_zone: chosenZone(),
      min_doc_count: 1,
    },
  }
  const values = split === undefined ? {} : { values: { terms: { field: split, size: MOST_VALUES }, aggs: { bars } } }
  const found = useQuery({
    queryKey: ['histogram', index, dsl, interval.text, split],
    queryFn: ({ signal }) =>
      search(index, { size: 0, track_total_hits: true, query: dsl, aggs: { bars, ...values } }, signal),
    enabled: dsl !== undefined,
    placeholderData: keepPreviousData,
  })
  const { data } = found
  return {
    ...found,
    interval,
    total: data?.hits.total.value ?? 0,
    bars: useMemo(() => barsOf(data?.aggregations?.['bars']), [data]),
    series: useMemo(
      () =>
        (data?.aggregations?.['values']?.buckets ?? []).map((bucket): Series => ({
          name: bucket.key_as_string ?? String(bucket.key),
          count: bucket.doc_count,
          bars: barsOf(bucket['bars']),
        })),
      [data],
    ),
  }
}

function barsOf(aggregation: unknown): Bar[] {
  const { buckets = [] } = (aggregation ?? {}) as { buckets?: readonly Bucket[] }
  return buckets.map(({ key, doc_count }) => ({ time: Number(key), count: doc_count }))
}
