import type { WordsOf } from '../catalogue';
import type { differences as vi } from '../vi/differences';

export const differences: WordsOf<typeof vi> = {
  'differences.note': 'The same content was edited on two devices while apart. Choose the right one; the other stays in the history.',
  'differences.none': 'There is no differing content',
  'differences.noneText': 'When two devices edit the same content, both appear here to choose from.',
  'differences.decided': 'The chosen content was kept.',
  'differences.decidedList': 'Decided',
  'differences.decidedBy': 'Decided by: {who}',
  'differences.shownNow': 'Shown on all devices now',
  'differences.merged': 'Put together from what the devices wrote; nobody has read it again yet',
  'differences.keepMerged': 'Keep it put together',
  'differences.notYours': 'The owner unit or the person responsible decides.',
  'differences.emptyValue': '(empty)',
  'differences.openRecord': 'Open the record',
};
