/** All detectors that are told by an anchor. Numbers are judged where digits run: see number-judge.ts. */
import type { Detector } from './detector.ts';
import { API_KEY_DETECTORS } from './detectors/api-key.ts';
import { CHAT_TOKEN_DETECTORS } from './detectors/chat-token.ts';
import { CLOUD_TOKEN_DETECTORS } from './detectors/cloud-token.ts';
import { CREDENTIAL_DETECTORS } from './detectors/credential.ts';
import { EMAIL_DETECTOR } from './detectors/email.ts';
import { GIT_TOKEN_DETECTORS } from './detectors/git-token.ts';
import { JWT_DETECTOR } from './detectors/jwt.ts';
import { PRIVATE_KEY_DETECTORS } from './detectors/private-key.ts';

export const DETECTORS: readonly Detector[] = [
  ...PRIVATE_KEY_DETECTORS,
  ...CLOUD_TOKEN_DETECTORS,
  ...GIT_TOKEN_DETECTORS,
  ...CHAT_TOKEN_DETECTORS,
  ...API_KEY_DETECTORS,
  JWT_DETECTOR,
  ...CREDENTIAL_DETECTORS,
  EMAIL_DETECTOR,
];
