import assert from 'node:assert/strict';
import { cacheFolder } from './cache-folder.ts';

describe('cacheFolder', () => {
  const rows: readonly [string, NodeJS.Platform, Record<string, string>, string][] = [
    ['is what PROMPTNB_CACHE says', 'linux', { PROMPTNB_CACHE: '/big/cache', XDG_CACHE_HOME: '/xdg' }, '/big/cache'],
    ['ignores an empty PROMPTNB_CACHE', 'linux', { PROMPTNB_CACHE: '' }, '/home/ann/.cache/promptnb'],
    ['follows XDG_CACHE_HOME', 'linux', { XDG_CACHE_HOME: '/xdg' }, '/xdg/promptnb'],
    ['ignores a relative XDG_CACHE_HOME', 'linux', { XDG_CACHE_HOME: 'xdg' }, '/home/ann/.cache/promptnb'],
    ['is under ~/.cache', 'linux', {}, '/home/ann/.cache/promptnb'],
    ['is under ~/Library/Caches', 'darwin', { XDG_CACHE_HOME: '/xdg' }, '/home/ann/Library/Caches/promptnb'],
    ['is under LOCALAPPDATA', 'win32', { LOCALAPPDATA: 'C:\\Users\\ann\\AppData\\Local' }, 'C:\\Users\\ann\\AppData\\Local\\promptnb\\Cache'],
  ];
  for (const [fact, platform, env, expected] of rows) {
    it(fact, () => assert.equal(cacheFolder(env, { platform, home: '/home/ann' }), expected));
  }
});
