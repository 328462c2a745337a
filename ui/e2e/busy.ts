// A province in the middle of its year: something to see on every screen.
import { muongLan, type Delegation, type Device, type Province } from './province';

export interface Busy {
  posts: [Device, Device];
  delegation: Delegation;
  visit: string;
  /** Registrations of the first post by what became of them. */
  registrations: Record<'accepted' | 'submitted' | 'returned' | 'draft', string>;
}

/** Plays it through the use cases: models in every state, differing content, a visit, two sheets, an agreed score. */
export async function busy(province: Province): Promise<Busy> {
  const { compiler } = province;
  const posts: [Device, Device] = [await province.post('post'), await province.post('post-2')];
  const [post, other] = posts;
  const registrations = {
    accepted: await post.register('Bữa sáng cho em', { goals: 'Mỗi học sinh một bữa sáng đủ chất', kind: 'maintained' }),
    submitted: await post.register('Tự quản đường biên, cột mốc', { field: 'QPAN' }),
    returned: await post.register('Thầy giáo quân hàm xanh'),
    draft: (await post.call('registrations.start', { cycle: null, values: { name: 'Nâng bước em tới trường' } })).registration,
  };
  const figures = [
    { id: null, name: 'Số học sinh được hỗ trợ', raw: 'trên 200', unit: 'học sinh', period: '', qualifier: null },
    { id: null, name: 'Diện tích trình diễn', raw: 'khoảng 75,6 ha', unit: '', period: '6 tháng đầu năm', qualifier: null },
  ];
  await post.call('registrations.save', { registration: registrations.draft, values: { figures } });
  await post.call('unit_figures.save', { figures });
  await post.exchange();
  await compiler.exchange();
  await compiler.call('registrations.review', { registration: registrations.accepted, decision: 'accepted', reason: '' });
  await compiler.call('registrations.review', { registration: registrations.returned, decision: 'returned', reason: 'Thiếu mục tiêu đo đếm được' });
  const delegation = await province.delegation();
  await compiler.exchange();

  const { secretary, members } = delegation;
  await secretary.exchange();
  const { visit } = (await secretary.call('visits.start', { unit: await province.unit(muongLan), day: '11/5' })).row;
  const agenda = [{ id: '', starts: '08:00', ends: '09:30', text: 'Đơn vị báo cáo (dữ liệu minh họa)' }];
  await secretary.call('visits.save', { visit, place: muongLan, agenda });
  await secretary.call('findings.put', { visit, kind: 'strength', text: 'Mô hình sáng tạo, khả thi (dữ liệu minh họa).' });
  await secretary.call('findings.put', { visit, kind: 'request', text: 'Ghi đủ địa chỉ, thời gian của mô hình (dữ liệu minh họa).' });
  await secretary.exchange();
  const scored = { visit, registration: registrations.accepted };
  for (const [at, member] of members.entries()) {
    await member.exchange();
    const { criteria } = await member.call('scores.get', scored);
    const items = criteria.groups.flatMap((group) =>
      group.criteria.map(({ code, max }, place) => ({ code, points: Math.max(0, (max ?? 0) - 50 * ((place + at) % 3)), note: at && place === 0 ? 'Cần thêm số liệu (dữ liệu minh họa)' : '' })),
    );
    await member.call('scores.save', { ...scored, items, not_eligible: null });
    await member.exchange();
  }
  await secretary.exchange();
  const { rows } = await secretary.call('scores.compare', scored);
  const alike = rows.find((one) => one.spread === 0);
  if (alike) await secretary.call('scores.agree', { ...scored, code: alike.code, points: alike.points[0] ?? 0 });
  await secretary.exchange();

  // Two devices of the post write one place while apart.
  await other.exchange();
  await post.call('registrations.save', { registration: registrations.draft, values: { place: 'Bản Cáp Ven' } });
  await other.call('registrations.save', { registration: registrations.draft, values: { place: 'Bản Nong Phụ' } });
  await post.exchange();
  await other.exchange();
  await post.exchange();
  await compiler.exchange();
  await post.call('registrations.start', { cycle: null, values: { name: 'Con nuôi đồn biên phòng' } });
  return { posts, delegation, visit, registrations };
}
