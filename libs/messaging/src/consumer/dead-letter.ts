import { deadLetterTopic, deadLetterHeaderNames as names, type RawMessage } from '@stagedoor/contracts';
import type { ProducerMessage } from '../ports.ts';

/** Why, where and when a message was given up. */
export interface Rejection {
  group: string;
  code: string;
  detail: string;
  attempts: number;
  failedAt: Date;
}

const MAX_DETAIL_CHARACTERS = 1_000;

/** Header of a dead letter whose value did not fit: how many bytes it had. It is still on the topic it came from. */
export const VALUE_OMITTED_HEADER = 'dlq-value-omitted-bytes';

/** The original record, byte for byte, with the headers of design §3 added. */
export function deadLetterOf(raw: RawMessage, rejection: Rejection): ProducerMessage {
  return { ...withoutValue(raw, rejection), value: raw.value, headers: { ...raw.headers, ...reasons(raw, rejection) } };
}

/** What is sent where the dead letter itself is more than its topic takes. */
export function withoutValue(raw: RawMessage, rejection: Rejection): ProducerMessage {
  return {
    topic: deadLetterTopic(raw.topic),
    key: raw.key,
    value: null,
    headers: { ...reasons(raw, rejection), [VALUE_OMITTED_HEADER]: String(raw.value?.length ?? 0) },
  };
}

function reasons(raw: RawMessage, { group, code, detail, attempts, failedAt }: Rejection): Record<string, string> {
  return {
    [names.topic]: raw.topic,
    [names.partition]: String(raw.partition),
    [names.offset]: raw.offset,
    [names.group]: group,
    [names.errorCode]: code,
    // Well-formed: half of a surrogate pair has no UTF-8.
    [names.errorMessage]: detail.slice(0, MAX_DETAIL_CHARACTERS).toWellFormed(),
    [names.attempts]: String(attempts),
    [names.failedAt]: failedAt.toISOString(),
  };
}
