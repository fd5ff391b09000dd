/** What a person may see and do in the console, by the groups of their login. Who decides what is policy's, not a role's. */
import type { ConsoleRolesConfig } from '../config/approvals-config.ts';
import type { ApprovalRequest } from '../domain/approvals/approval-request.ts';
import { isAsked, isRequester, mayBreakGlass } from '../domain/approvals/four-eyes.ts';
import type { Reviewer } from '../domain/approvals/review-decision.ts';
import type { Role } from './api.ts';
import { ConsoleProblem } from './problem.ts';

export function rolesOf({ groups }: Reviewer, config: ConsoleRolesConfig): readonly Role[] {
  const roles: readonly Role[] = ['reviewer', 'auditor', 'admin'];
  return roles.filter((role) => config[role].some((group) => groups.includes(group)));
}

/** Every request where one has a role; else those that policy asks one about, and one's own. */
export function maySee(request: ApprovalRequest, reviewer: Reviewer, roles: readonly Role[]): boolean {
  if (roles.length > 0) return true;
  const { requirements, breakGlassGroups } = request.terms;
  return (
    isRequester(request.requester, reviewer) ||
    requirements.some((requirement) => isAsked(requirement, reviewer)) ||
    mayBreakGlass(breakGlassGroups, reviewer)
  );
}

/** An auditor who is nothing else decides nothing, even where policy names a group of theirs. */
export const isAuditorOnly = (roles: readonly Role[]): boolean =>
  roles.includes('auditor') && !roles.includes('reviewer');

/** Throws GH_CONSOLE_ROLE. */
export function requireRole(roles: readonly Role[], ...any: readonly Role[]): void {
  if (any.some((role) => roles.includes(role))) return;
  throw new ConsoleProblem(
    403,
    'GH_CONSOLE_ROLE',
    `This takes the role ${any.join(' or ')}; none of your groups has it.`,
  );
}
