import { Serializer as ElasticSerializer } from '@elastic/elasticsearch'
import { Serializer as OpenSearchSerializer } from '@opensearch-project/opensearch'
import { parseJson, stringifyJson } from '../../event/index.ts'

// Both clients read numbers as JSON.parse does, which makes 1.0 a long and loses digits past 2^53.

export class ElasticNumbers extends ElasticSerializer {
  override serialize(value: unknown): string {
    return stringifyJson(value)
  }

  override deserialize<T>(text: string): T {
    return parseJson(text) as T
  }
}

export class OpenSearchNumbers extends OpenSearchSerializer {
  override serialize(value: unknown): string {
    return stringifyJson(value)
  }

  override deserialize(text: string): unknown {
    return parseJson(text)
  }
}
