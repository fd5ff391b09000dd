/** Paths that a command starts from. */
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** The development stack's state, and notes of what else was started from here. */
export const homeDirectory = (): string => resolve(process.env['GATEHOUSE_HOME'] ?? join(ROOT, '.gatehouse'));

/** A path as the person wrote it, who may stand elsewhere than npm runs us. */
export const callerPath = (path: string): string =>
  resolve(process.env['GATEHOUSE_CALLER_DIRECTORY'] ?? process.cwd(), path);
