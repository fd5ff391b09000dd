/**
 * Tokens of Git hosts and of what belongs to them. The forms are those of GitHub's documentation ("About authentication
 * to GitHub"; installation tokens may also be a JWT behind `ghs_`), GitLab's "Token overview" and Atlassian's; Gitleaks'
 * rule list (v8.30) was compared. GitHub's last six characters are a CRC-32 of the rest: a wrong one is no reason to
 * show a text that looks like a token, so it is not checked.
 */
import type { Detector } from '../detector.ts';
import { tokenDetectors } from '../prefixed-token.ts';

const GITLAB = '[A-Za-z0-9_-]{20,300}(?:\\.[A-Za-z0-9]{2,20}){0,3}';

const gitlab = (rule: string, prefix: string, body = GITLAB) => ({ rule, prefix, body, startsWord: false });

export const GIT_TOKEN_DETECTORS: readonly Detector[] = tokenDetectors('git_token', [
  ...[
    ['github_personal', 'ghp_'],
    ['github_oauth', 'gho_'],
    ['github_user_to_server', 'ghu_'],
    ['github_refresh', 'ghr_'],
  ].map(([rule = '', prefix = '']) => ({
    rule,
    prefix,
    body: '[A-Za-z0-9]{36,255}',
    startsWord: false,
  })),
  {
    rule: 'github_installation',
    prefix: 'ghs_',
    body: '[A-Za-z0-9._-]{36,2048}',
    startsWord: false,
  },
  {
    rule: 'github_fine_grained',
    prefix: 'github_pat_',
    body: '[A-Za-z0-9]{22}_[A-Za-z0-9]{59,255}',
    startsWord: false,
  },
  gitlab('gitlab_personal', 'glpat-'),
  gitlab('gitlab_deploy', 'gldt-'),
  gitlab('gitlab_runner', 'glrt-'),
  gitlab('gitlab_runner_registration', 'glrtr-'),
  gitlab('gitlab_runner_registration', 'GR1348941', '[A-Za-z0-9_-]{20,50}'),
  gitlab('gitlab_trigger', 'glptt-'),
  gitlab('gitlab_feed', 'glft-'),
  gitlab('gitlab_incoming_mail', 'glimt-'),
  gitlab('gitlab_scim', 'glsoat-'),
  gitlab('gitlab_job', 'glcbt-', '[A-Za-z0-9._-]{22,2048}'),
  gitlab('gitlab_agent', 'glagent-'),
  gitlab('gitlab_oauth_application', 'gloas-'),
  gitlab('gitlab_feature_flags', 'glffct-'),
  gitlab('gitlab_workspace', 'glwt-'),
  { rule: 'atlassian_api', prefix: 'ATATT3', body: '[A-Za-z0-9_=-]{60,300}' },
  { rule: 'atlassian_access', prefix: 'ATCTT3', body: '[A-Za-z0-9_=-]{60,300}' },
  { rule: 'bitbucket_app_password', prefix: 'ATBB', body: '[A-Za-z0-9]{28,40}', endsWord: true },
  { rule: 'sourcegraph', prefix: 'sgp_', body: '(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}' },
]);
