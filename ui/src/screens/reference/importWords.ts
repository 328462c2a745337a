import type { ImportRemark, ProblemSaid } from '../../backend/backend';
import { bytes, date, t } from '../../i18n';

/** What somebody should look at in a good row. */
export function remarkWords({ code, params }: ImportRemark): string {
  const said = (name: string): string => params[name] ?? '';
  const day = (name: string): string => date(said(name));
  switch (code) {
    case 'leaves_a_gap':
      return t('remark.leaves_a_gap', { from: day('from'), until: day('until') });
    case 'successor_begins_early':
      return t('remark.successor_begins_early', { successor: said('successor'), begins: day('begins'), ends: day('ends') });
    case 'no_parent':
      return t('remark.no_parent', { day: day('day') });
    case 'parent_not_there':
      return t('remark.parent_not_there', { parent: said('parent'), day: day('day') });
    case 'no_weights':
      return t('remark.no_weights', { title: said('title') });
    case 'no_criteria':
      return t('remark.no_criteria', { title: said('title') });
    default:
      return t('remark.other');
  }
}

/** What is wrong with a file that was refused as a whole; nothing when the problem says it all. */
export function fileFault({ code, params }: ProblemSaid): string | undefined {
  if (code === 'import_not_readable') return unreadable(String(params['reason']), String(params['expected']), String(params['line']));
  if (code === 'file_too_large') return tooLarge(String(params['what']), Number(params['most']));
  return undefined;
}

function unreadable(reason: string, expected: string, line: string): string | undefined {
  switch (reason) {
    case 'empty':
      return t('unreadable.empty');
    case 'utf8':
    case 'encoding':
      return t('unreadable.encoding');
    case 'json':
      return t('unreadable.json', { line });
    case 'schema':
      return t('unreadable.schema', { expected });
    case 'list':
      return t('unreadable.list', { expected });
    case 'not_xlsx':
      return t('unreadable.not_xlsx');
    case 'old_workbook':
      return t('unreadable.old_workbook');
    case 'protected':
      return t('unreadable.protected');
    case 'cut_off':
      return t('unreadable.cut_off');
    case 'damaged':
      return t('unreadable.damaged');
    case 'repeated_part':
      return t('unreadable.repeated_part');
    case 'sheet':
      return t('unreadable.sheet', { expected });
    case 'column':
      return t('unreadable.column', { expected });
    default:
      return undefined;
  }
}

function tooLarge(what: string, most: number): string | undefined {
  switch (what) {
    case 'file':
      return t('tooLarge.file', { most: bytes(most) });
    case 'unpacked':
      return t('tooLarge.unpacked', { most: bytes(most) });
    case 'text':
      return t('tooLarge.text', { most: bytes(most) });
    case 'parts':
      return t('tooLarge.parts', { most });
    case 'tags':
      return t('tooLarge.tags');
    case 'structure':
      return t('tooLarge.structure');
    case 'cells':
      return t('tooLarge.cells', { most });
    case 'columns':
      return t('tooLarge.columns', { most });
    case 'rows':
      return t('tooLarge.rows', { most });
    default:
      return undefined;
  }
}
