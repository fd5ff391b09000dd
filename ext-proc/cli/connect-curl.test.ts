import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { curlCommand } from './connect-curl.ts';

test('the command survives the shell, whatever is in it', () => {
  const command = curlCommand({
    url: "https://localhost:18443/people?q=o'brien&limit=3",
    caFile: '/home/a b/ca.crt',
    token: 'eyJ.x.y',
    args: ['-X', 'POST', '-d', '{"term": "x"}'],
  });
  const said = execFileSync('/bin/sh', ['-c', command.replace(/^curl /, 'printf "%s\\n" ')], {
    encoding: 'utf8',
  });
  expect(said.trimEnd().split('\n')).toEqual([
    '-sS',
    '--cacert',
    '/home/a b/ca.crt',
    '-H',
    'Authorization: Bearer eyJ.x.y',
    '-X',
    'POST',
    '-d',
    '{"term": "x"}',
    "https://localhost:18443/people?q=o'brien&limit=3",
  ]);
});
