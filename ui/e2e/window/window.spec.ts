import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pictured } from '../camera';
import { expect, muongLan, test, w } from '../fixtures';
import { program } from '../province';
import { AppWindow } from './webdriver';

const name = 'Nâng bước em tới trường, thắp sáng đường biên';

test('in the app’s own window a post types a Vietnamese name, submits, exchanges and sees the province hold it', async ({ province }, info) => {
  const post = await province.post('post');
  const window = await AppWindow.open(program('cotmoc-app'), post.home);
  try {
    await window.press(w('nav.models'), '//nav');
    await window.press(w('model.add'));
    await window.type(w('property.name'), name);
    // Leaving the group saves it; nothing was pressed to save.
    await window.type(w('property.place'), 'Bản Cáp Ven');
    await window.sees(w('common.savedMark'));
    await window.type(w('property.schedule'), 'Cả năm 2024');
    await window.choose(w('property.field'), 'VHXH');
    await window.press(w('model.submit'));
    await window.press(w('model.submit'), '//dialog');
    await window.sees(w('status.submitted'));
    expect(await window.run<string>('return document.querySelector("main h1").textContent.normalize("NFC")')).toBe(name);

    await window.press(w('nav.sync'), '//nav');
    await window.press(w('sync.now'));
    await window.sees(w('sync.done'));
    await window.press(w('nav.models'), '//nav');
    await window.sees(w('models.count', { n: 1 }));
    await window.sees(w('sync.groupProvince'));
    await writeFile(info.outputPath('window.png'), await window.picture());

    const thumbBar = 'return getComputedStyle(document.querySelector("nav.foot")).display !== "none"';
    expect(await window.run<boolean>(thumbBar)).toBe(false);
    await window.resize(390, 844);
    await expect.poll(() => window.run<number>('return innerWidth')).toBeLessThanOrEqual(390);
    expect(await window.run<boolean>(thumbBar)).toBe(true);
    expect(await window.run<number>('return document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await writeFile(info.outputPath('window-phone.png'), await window.picture());
  } finally {
    await window.close();
  }

  await province.compiler.exchange();
  const { rows } = await province.compiler.call('models.list', { filter: {} });
  expect(rows.map((row) => row.name)).toEqual([name]);
});

test('a folder that is damaged opens the window, which says so in words, and nothing of the folder is changed', async ({ province }, info) => {
  const post = await province.post('post');
  const database = join(post.home, 'records.db');
  const nonsense = Buffer.alloc((await stat(database)).size, 0xab);
  await writeFile(database, nonsense);
  await rm(`${database}-wal`, { force: true });
  const window = await AppWindow.open(program('cotmoc-app'), post.home);
  try {
    await window.sees(w('problem.damaged_database.happened'));
    await window.sees(w('problem.damaged_database.next'));
    await window.press(w('common.tryAgain'));
    await window.sees(w('problem.damaged_database.happened'));
    await writeFile(info.outputPath('damaged.png'), await window.picture());
  } finally {
    await window.close();
  }
  expect((await readFile(database)).equals(nonsense)).toBe(true);
});

test('a profile that was added in the terminal is there in the window: both have one folder of profiles', async ({ province }) => {
  const machine = province.device('machine', 'machine');
  await machine.serve();
  await machine.call('profiles.add', { name: 'Cán bộ trực ban' });
  await machine.call('profiles.add', { name: 'Thư ký đoàn' });
  await machine.close();
  const window = await AppWindow.open(program('cotmoc-app'), { XDG_DATA_HOME: machine.home, COTMOC_KEY_FILE: '1' });
  try {
    await window.sees('Cán bộ trực ban');
    await window.sees('Thư ký đoàn');
  } finally {
    await window.close();
  }
});

test('the window may ask for a camera, says that there is none, and reads an invitation from a picture', async ({ province, browser }, info) => {
  const { qr_svg } = await province.compiler.call('enrolment.invite', { role: 'post', unit: await province.unit(muongLan), valid_days: 7 });
  const picture = info.outputPath('thu-moi.png');
  await writeFile(picture, await pictured(browser, qr_svg));
  const window = await AppWindow.open(program('cotmoc-app'), province.device('fresh').home);
  try {
    await window.press(w('scan.title'));
    await window.sees(w('scan.absent'), '//dialog');
    expect(await window.run<boolean>('return isSecureContext && typeof navigator.mediaDevices?.getUserMedia === "function"')).toBe(true);
    await writeFile(info.outputPath('scanning.png'), await window.picture());
    await window.give('[data-scan="picture"]', picture);
    await window.sees(muongLan);
  } finally {
    await window.close();
  }
});
