import { call, type FindingKind, type UnfinishedTyping } from '../../backend/backend';
import { findingKinds } from './findingKinds';

const textKey = 'finding';
const kindKey = 'finding_kind';
let timer: ReturnType<typeof setTimeout> | undefined;

/** Keeps what stands in the input within a second, outside the journal; an empty text forgets it. */
export function keepFindingTyping(visit: string, kind: FindingKind, text: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const contents: Record<string, string> = text === '' ? {} : { [textKey]: text, [kindKey]: kind };
    // A refusal is not shown: the text is still in the input, and saving it says what is wrong.
    call('typing.keep', { record: visit, contents }).catch(() => undefined);
  }, text === '' ? 0 : 500);
}

/** What stood in the input before a crash or a change of screen. */
export function keptFinding(unfinished: UnfinishedTyping | null): { kind: FindingKind; text: string } | undefined {
  const text = unfinished?.contents[textKey];
  if (!text) return undefined;
  return { text, kind: findingKinds.find((kind) => kind === unfinished.contents[kindKey]) ?? 'strength' };
}
