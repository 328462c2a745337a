import { exchange, expect, goTo, muongLan, press, test, w } from '../fixtures';

test('a member opens a visit, adds findings by Enter and scores by keyboard; the secretary sees both sheets and enters an agreed score', async ({
  province,
  open,
}) => {
  const post = await province.post('post');
  const registration = await post.register('Bữa sáng cho em');
  await post.exchange();
  await province.compiler.exchange();
  const { secretary, members } = await province.delegation();

  // The first member works without the province: everything needed is on the device.
  await members[0].exchange();
  await province.stopServer();
  const page = await open(members[0], '/visits');
  await press(page, w('visit.startAt', { unit: muongLan }));
  await page.getByRole('dialog').getByLabel(w('visit.day')).fill('11/5');
  await page.keyboard.press('Enter');
  await expect(page.getByText(w('visit.ready'))).toBeVisible();
  const visit = decodeURIComponent(new URL(page.url()).hash.split('/')[2] ?? '');

  const input = page.getByRole('textbox', { name: w('finding.add', { kind: w('finding.kind.strength') }) });
  await input.focus();
  await page.keyboard.type('Mô hình sáng tạo, khả thi (dữ liệu minh họa)');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Có khả năng lan tỏa (dữ liệu minh họa)');
  await page.keyboard.press('Enter');
  await expect(input).toHaveValue('');
  await expect(page.getByText('Mô hình sáng tạo, khả thi (dữ liệu minh họa)').first()).toBeVisible();
  await expect(page.getByText('Có khả năng lan tỏa (dữ liệu minh họa)').first()).toBeVisible();

  await page.getByRole('link', { name: 'Bữa sáng cho em', exact: true }).click();
  const criteria = page.locator('[data-criterion] input[role=spinbutton]');
  await expect(criteria.first()).toBeVisible();
  const count = await criteria.count();
  await criteria.first().focus();
  for (let at = 0; at < count; at += 1) {
    await page.keyboard.type('3,5');
    await page.keyboard.press('Enter');
  }
  const mine = { visit, registration };
  await expect.poll(async () => (await members[0].call('scores.get', mine)).items.filter((item) => item.points === 350).length).toBe(count);
  await expect(page.getByRole('main').getByText(w('common.savedMark'))).toBeVisible();

  await province.startServer();
  await exchange(page);
  await members[1].exchange();
  const sheet = await members[1].call('scores.get', mine);
  const items = sheet.items.length ? sheet.items : sheet.criteria.groups.flatMap((group) => group.criteria.map(({ code }) => ({ code, points: 0, note: '' })));
  await members[1].call('scores.save', { ...mine, items: items.map(({ code }, at) => ({ code, points: at === 0 ? 200 : 350, note: '' })), not_eligible: null });
  await members[1].exchange();

  const desk = await open(secretary, '/visits');
  await exchange(desk);
  await goTo(desk, `/visits/${visit}/agree/${registration}`);
  for (const n of [3, 4]) await expect(desk.getByRole('columnheader', { name: w('score.slot', { n }) })).toBeVisible();
  const first = desk.getByRole('rowgroup').last().getByRole('row').first();
  await expect(first).toContainText('3,5');
  await expect(first).toContainText('1,5');
  await first.getByRole('spinbutton').fill('3');
  await first.getByRole('spinbutton').press('Tab');
  await expect(first.getByText(w('agree.needsReason'))).toBeVisible();
  await first.getByRole('textbox').fill('Thống nhất sau khi xem hồ sơ (dữ liệu minh họa)');
  await desk.keyboard.press('Tab');
  await expect.poll(async () => (await secretary.call('scores.compare', mine)).rows.filter((row) => row.agreed === 300).length).toBe(1);
  await expect(desk.getByText(w('agree.agreedProgress', { done: 1, all: count }))).toBeVisible();
});
