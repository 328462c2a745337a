import type { Identity, RoleName, Status } from '../../src/backend/backend';
import { Problem } from '../../src/backend/backend';
import type { Answers, Scene } from './scene';

const holders: Record<RoleName, Pick<Identity, 'holder_id' | 'holder_name' | 'slot' | 'label'>> = {
  post: { holder_id: 'u-a', holder_name: 'Đồn Biên phòng minh họa A', slot: null, label: 'Máy tính trực ban' },
  head: { holder_id: 'd-3', holder_name: '3', slot: 1, label: 'Máy tính của đoàn' },
  secretary: { holder_id: 'd-3', holder_name: '3', slot: 2, label: 'Máy tính của đoàn' },
  member: { holder_id: 'd-3', holder_name: '3', slot: 3, label: 'Điện thoại của đoàn' },
  compiler: { holder_id: 'p', holder_name: 'Tỉnh minh họa', slot: null, label: 'Máy tính tổng hợp' },
  administrator: { holder_id: 'p', holder_name: 'Tỉnh minh họa', slot: null, label: 'Máy tính quản trị' },
};

const people = [
  { id: 'truc-ban', name: 'Cán bộ trực ban (minh họa)', locked: false },
  { id: 'van-dong', name: 'Đội vận động quần chúng và các đồng chí phụ trách địa bàn xã (minh họa)', locked: true },
];

export function profile(scene: Scene): Answers {
  const opened = scene.role !== 'nobody' || scene.case === 'error';
  const status: Status = {
    device: '4F9A C27B 03D1 88E5',
    identity:
      scene.role === 'nobody'
        ? null
        : { role: scene.role, ...holders[scene.role], province_id: 'p', province_name: 'Tỉnh minh họa', revoked: false, server: 'http://127.0.0.1:7411' },
    unsent: scene.case === 'empty' ? 0 : 3,
    sent_unconfirmed: 1,
    differences: scene.role === 'compiler' ? 2 : 0,
    set_aside: 0,
    differs_from_province: false,
    last_contact: null,
    exchange: { state: 'idle' },
    key_keeping: 'keyring',
    clock_doubtful: scene.case === 'many',
    settings: { language: 'vi', sunlight: false, automatic_exchange: true },
    current_cycle: '2026',
  };
  return {
    'profiles.list': () => ({ profiles: scene.case === 'empty' ? [] : people, open: opened ? 'truc-ban' : null, can_add: true }),
    'profiles.open': ({ passphrase }) => {
      throw new Problem(passphrase ? 'wrong_passphrase' : 'passphrase_needed');
    },
    'status.get': () => status,
    'settings.set': (settings) => settings,
    'enrolment.inspect': ({ invitation }) => {
      if (!invitation.startsWith('cotmoc1:')) throw new Problem('invitation_not_one');
      return {
        server: 'https://may-chu.minh-hoa.example:7411',
        fingerprint: '4F9A C27B 03D1 88E5 90AB 61F2 7C3D 1E44',
        province_name: 'Tỉnh minh họa',
        role: 'member',
        holder_name: '3',
        slot: 2,
        expires_at: Date.UTC(2026, 10, 20, 2, 0),
      };
    },
  };
}
