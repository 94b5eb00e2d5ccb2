import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/**
 * The person's cache folder for big things that can be had again (weights, the engine's binaries). `PROMPTNB_CACHE` names it, else it
 * is where the platform keeps such things: `XDG_CACHE_HOME` (XDG Base Directory Specification: a relative path there is ignored) or
 * `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`. Nothing is created.
 */
export function cacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  { platform = process.platform, home = homedir() }: { readonly platform?: NodeJS.Platform; readonly home?: string } = {},
): string {
  const path = platform === 'win32' ? win32 : posix;
  const named = env['PROMPTNB_CACHE'];
  if (named !== undefined && named !== '') return path.resolve(named);
  if (platform === 'win32') return path.join(env['LOCALAPPDATA'] || path.join(home, 'AppData', 'Local'), 'promptnb', 'Cache');
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'promptnb');
  const xdg = env['XDG_CACHE_HOME'];
  return path.join(xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(home, '.cache'), 'promptnb');
}
