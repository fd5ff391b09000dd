/** The commands of a reviewer: logging in at the console, deciding what waits, and what is approved for a while. */
import type { Command } from 'commander';

import type { DecideOptions, ListOptions, ShowOptions } from './approvals.ts';
import type { ConsoleOptions } from './console-place.ts';
import type { LoginOptions } from './login.ts';
import type { LineWriter } from './terminal.ts';

type Option = readonly [flags: string, description: string];

const CONSOLE = ['--console <url>', 'the console of a gate that does not run here'] as const;

/** `config` and `ca` are the options that other commands call so too. */
export function addReviewerCommands(program: Command, config: Option, ca: Option, write: LineWriter): void {
  /** What each of them takes: which console. */
  const atConsole = (parent: Command, name: string, description: string): Command =>
    parent
      .command(name)
      .description(description)
      .option(...config)
      .option(...CONSOLE)
      .option(...ca);
  atConsole(program, 'login', 'log in at the console, as a reviewer')
    .option('--user <email>', 'a person of the development issuer, without a browser')
    .option('--no-browser', 'print the address only')
    .action(async (options: LoginOptions) => (await import('./login.ts')).login(options, write));
  atConsole(program, 'logout', 'end that session').action(async (options: ConsoleOptions) =>
    (await import('./login.ts')).logout(options, write),
  );
  atConsole(program, 'whoami', 'who is logged in at the console')
    .option('--json', 'one JSON object')
    .action(async (options: ConsoleOptions) => (await import('./login.ts')).whoami(options, write));

  const approvals = program.command('approvals').description('what policy holds until people agree');
  atConsole(approvals, 'list', 'requests, the newest first')
    .option('--state <state>', 'pending, decided, all, or states separated by commas', 'pending')
    .option('--words <words>', 'only those with all of these words')
    .option('--limit <number>', 'at most so many, up to 200', '50')
    .option('--json', 'one JSON array')
    .action(async (options: ListOptions) => (await import('./approvals.ts')).listApprovals(options, write));
  atConsole(approvals, 'show', 'all of one request; what deceives the eye in it is marked')
    .argument('<request>')
    .option('--json', 'one JSON object')
    .action(async (id: string, options: ShowOptions) =>
      (await import('./approvals.ts')).showApproval(id, options, write),
    );
  for (const verdict of ['approve', 'deny'] as const) {
    const command = atConsole(
      approvals,
      verdict,
      verdict === 'approve' ? 'let exactly this through, once' : 'refuse it, for a reason',
    )
      .argument('<request>')
      .option('--reason <text>', verdict === 'deny' ? 'why (required)' : 'why')
      .option('--digest <digest>', 'only if this is still the digest of what was shown')
      .option('--yes', 'do not show it and ask again')
      .option('--json', 'one JSON object');
    if (verdict === 'approve') {
      command
        .option('--minutes <number>', 'this kind of action for so long, as far as policy lets')
        .option('--scope <scope>', 'what may vary meanwhile: nothing, or literals')
        .option('--break-glass', 'alone, in an emergency; needs a reason, and is told');
    }
    command.action(async (id: string, options: DecideOptions) =>
      (await import('./approvals.ts')).decideApproval(verdict, id, options, write),
    );
  }

  const grants = program.command('grants').description('what reviewers have approved for a while');
  atConsole(grants, 'list', 'grants and their uses')
    .option('--json', 'one JSON array')
    .action(async (options: ShowOptions) => (await import('./grants.ts')).listGrants(options, write));
  atConsole(grants, 'revoke', 'end grants at once')
    .argument('<grant...>')
    .action(async (ids: string[], options: ConsoleOptions) =>
      (await import('./grants.ts')).revokeGrants(ids, options, write),
    );
}
