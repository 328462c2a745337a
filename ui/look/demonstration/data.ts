// Demonstration data: invented units and models, marked as such on every screen.
import type { CycleRow, FieldRow, ModelRow, RegistrationStatus, UnitRow } from '../../src/backend/backend';

export const fields: FieldRow[] = [
  { code: 'KT', vi: 'Kinh tế', en: 'Economy' },
  { code: 'VHXH', vi: 'Văn hóa, xã hội', en: 'Culture and society' },
  { code: 'QPAN', vi: 'Quốc phòng, an ninh', en: 'Defence and security' },
  { code: 'XDHTCT', vi: 'Xây dựng Đảng và hệ thống chính trị', en: 'Political system' },
];

export const cycles: CycleRow[] = [2026, 2025].map((year) => ({
  id: `c-${year}`,
  year,
  opens: `${year}-01-15`,
  closes: `${year}-03-31`,
  scheme: 's-1',
  scheme_owner: 'Tỉnh minh họa',
  fields,
  criteria: year === 2026 ? 'cs-1' : null,
  expected_units: year === 2026 ? [] : ['u-a', 'u-b'],
}));

const unit = (id: string, name: string, level: string, depth: number, parent: string | null, more: Partial<UnitRow> = {}): UnitRow => ({
  id,
  name,
  level,
  depth,
  parent,
  code: null,
  valid_from: '2025-07-01',
  valid_until: null,
  successors: [],
  demonstration: true,
  ...more,
});

export const units: UnitRow[] = [
  unit('p', 'Tỉnh minh họa', 'province', 0, null, { code: '99', valid_from: null }),
  unit('cmd', 'Ban Chỉ huy Bộ đội Biên phòng tỉnh minh họa', 'border_guard_command', 1, 'p'),
  unit('u-a', 'Đồn Biên phòng minh họa A', 'border_post', 2, 'cmd'),
  unit('u-b', 'Đồn Biên phòng cửa khẩu quốc tế minh họa B phụ trách địa bàn ba xã biên giới', 'border_gate_post', 2, 'cmd'),
  unit('x-1', 'Xã minh họa 1', 'commune', 1, 'p', { code: '99001' }),
  unit('x-2', 'Xã minh họa 2', 'commune', 1, 'p', { code: '99002', valid_from: '2010-01-01', valid_until: '2025-07-01', successors: ['Xã minh họa 1'] }),
];

const names = [
  'Bữa sáng cho em ở điểm trường vùng biên',
  'Trình diễn lúa nước hai vụ trên nương bậc thang chuyển đổi từ đất trồng ngô kém hiệu quả ở các bản vùng cao xa trung tâm',
  'Tổ tự quản đường biên, cột mốc và an ninh trật tự xóm, bản',
  'Ngày thứ bảy về cơ sở',
  'Ánh sáng đường quê',
];
const statuses: RegistrationStatus[] = ['returned', 'active', 'submitted', 'draft', 'closed'];

export const model = (index: number, more: Partial<ModelRow> = {}): ModelRow => ({
  registration: `r-${index}`,
  model: `m-${index}`,
  name: `Mô hình minh họa ${String(index + 1).padStart(2, '0')}: ${names[index % names.length]}`,
  unit: index % 2 ? 'u-b' : 'u-a',
  unit_name: index % 2 ? (units[3]?.name ?? '') : 'Đồn Biên phòng minh họa A',
  year: 2026,
  field: fields[index % 5]?.code ?? null,
  place: 'Bản minh họa, xã minh họa 1',
  kind: index % 3 === 0 ? 'maintained' : index % 7 === 0 ? 'not_split' : 'new',
  model_kind: 'mo_hinh',
  status: statuses[index % statuses.length] ?? 'draft',
  held: index % 3 === 0 ? 'this_device' : index % 3 === 1 ? 'province' : 'sent',
  differs: index === 2,
  possible_duplicate: index === 1,
  changed_since_accepted: index === 6,
  changed_at: Date.UTC(2026, 1, 3 + (index % 20), 7, 5),
  demonstration: true,
  ...more,
});

export const models = (count: number): ModelRow[] => Array.from({ length: count }, (_, index) => model(index));
