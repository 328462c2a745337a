import { Problem, type FigureView, type RegistrationView } from '../../src/backend/backend';
import type { Answers, Scene } from './scene';

const figure = (id: string, name: string, raw: string, words_vi: string, more: Partial<FigureView> = {}): FigureView => ({
  id,
  name,
  raw,
  unit: '',
  period: '',
  qualifier: 'exact',
  value: null,
  numerator: null,
  denominator: null,
  words_vi,
  words_en: words_vi,
  doubt: null,
  ...more,
});

const view: RegistrationView = {
  registration: 'r-0',
  model: 'm-0',
  unit: 'u-a',
  unit_name: 'Đồn Biên phòng minh họa A',
  cycle: 'c-2026',
  year: 2026,
  values: {
    name: 'Mô hình minh họa 01: Bữa sáng cho em ở điểm trường vùng biên',
    model_kind: 'mo_hinh',
    kind: 'new',
    field: 'VHXH',
    place: 'Điểm trường bản minh họa, xã minh họa 1',
    schedule: '',
    rationale: 'Học sinh điểm trường ở xa trung tâm, nhiều em đến lớp khi chưa ăn sáng.\nĐơn vị có vườn tăng gia và có lực lượng phụ trách địa bàn.',
    goals: 'Bảo đảm bữa sáng cho toàn bộ học sinh điểm trường trong năm học.',
    approach: '',
    area_and_target: 'Học sinh tiểu học điểm trường',
    forces: 'Chủ trì: đơn vị; phối hợp: nhà trường, đoàn thể xã.',
    resources: 'Tăng gia của đơn vị và các nhà hảo tâm.',
    outputs: '',
    sustainability: '',
  },
  figures: [
    figure('f-1', 'Số học sinh được hỗ trợ bữa sáng', 'trên 200', 'lớn hơn 200', { qualifier: 'over', value: '200' }),
    figure('f-3', 'Diện tích vườn rau', '1,200 ha', '1,2 héc-ta', { value: '1.2', doubt: 'comma_may_be_thousands' }),
    figure('f-2', 'Học sinh đi học chuyên cần', '48/48', '48 trên 48', { numerator: '48', denominator: '48', period: 'học kỳ I' }),
  ],
  status: 'returned',
  returned_reason: 'Chưa có thời gian thực hiện và cách làm cụ thể.\nĐề nghị bổ sung kết quả đầu ra đo đếm được.',
  declared: '2026-03-02',
  late: false,
  missing: ['schedule', 'approach', 'outputs', 'sustainability'],
  required: ['name', 'place', 'schedule'],
  changed_since_accepted: false,
  is_begun: true,
  may_edit: true,
  may_review: false,
  may_carry_over: false,
  held: 'this_device',
  differing: ['goals'],
  possible_duplicates: [{ registration: 'r-8', name: 'Mô hình minh họa 09: Bữa sáng cho em' }],
  demonstration: true,
  unfinished: { record: 'r-0', contents: { schedule: 'từ tháng 3/2026, đánh giá tháng 11/2026' }, typed_at: Date.UTC(2026, 2, 4, 1, 12) },
};

const empty: RegistrationView = {
  ...view,
  cycle: null,
  values: { name: '', place: '', schedule: '', rationale: '', goals: '', approach: '', area_and_target: '', forces: '', resources: '', outputs: '', sustainability: '' },
  figures: [],
  status: 'draft',
  returned_reason: null,
  declared: null,
  missing: ['name', 'field', 'kind', 'place', 'rationale', 'goals', 'approach', 'area_and_target', 'forces', 'resources', 'schedule', 'outputs', 'sustainability'],
  differing: [],
  possible_duplicates: [],
  unfinished: null,
};

export function registration(scene: Scene): Answers {
  let now: RegistrationView = scene.case === 'empty' ? empty : view;
  if (scene.role === 'compiler') now = { ...view, status: 'submitted', returned_reason: null, may_edit: false, may_review: true, missing: [], unfinished: null, late: true };
  return {
    'registrations.get': () => {
      if (scene.case === 'error') throw new Problem('no_record');
      return now;
    },
    'registrations.save': ({ values, personal_data_checked }) => {
      const text = Object.values(values).find((one) => typeof one === 'string' && /0\d{9}/.test(one));
      if (text && !personal_data_checked) throw new Problem('personal_data', { property: 'approach', kind: 'phone', excerpt: '0900000000' });
      const { figures: _put, remove_figures: _remove, ...texts } = values;
      now = { ...now, values: { ...now.values, ...texts }, unfinished: null };
      return now;
    },
    'registrations.submit': () => {
      throw new Problem('registration_incomplete', { missing: 'schedule,approach,outputs,sustainability' });
    },
    'registrations.history': () => ({
      changes: [
        { entry: 'e2', who: 'Máy tính tổng hợp', role: 'compiler', holder_name: 'Tỉnh minh họa', kind: 'review', properties: ['decisions/d-1'], values: [], decision: 'returned', reason: 'Bổ sung mục tiêu đo đếm được', claimed_at: Date.UTC(2026, 2, 3, 7, 0), held: 'province', refused_for: null },
        { entry: 'e1', who: 'Máy tính trực ban', role: 'post', holder_name: 'Đồn Biên phòng minh họa A', kind: 'registration', properties: ['name', 'goals', 'figures/f-1'], values: [{ property: 'goals', text: view.values.goals ?? '' }], decision: null, reason: null, claimed_at: Date.UTC(2026, 2, 2, 7, 0), held: 'this_device', refused_for: null },
      ],
    }),
    'typing.keep': () => ({}),
    'text.check': ({ text }) => ({
      suspicions: /0\d{9}/.test(text) ? [{ kind: 'phone', excerpt: '0900000000', start: 0, end: 10, property: '' }] : [],
    }),
    'figures.read': ({ raw }) => figure('', '', raw, `đọc minh họa: ${raw}`),
    'unit_figures.get': () => ({ unit: 'u-a', unit_name: 'Đồn Biên phòng minh họa A', cycle: 'c-2026', figures: scene.case === 'empty' ? [] : view.figures, may_edit: scene.role === 'post', record: 'uf-1', unfinished: null }),
  };
}
