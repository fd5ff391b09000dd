/** The corpora of all detectors, for what must hold of every one of them. */
import { API_KEY_CORPUS } from '../detectors/api-key.corpus.ts';
import { CHAT_TOKEN_CORPUS } from '../detectors/chat-token.corpus.ts';
import { CLOUD_TOKEN_CORPUS } from '../detectors/cloud-token.corpus.ts';
import { CREDENTIAL_CORPUS } from '../detectors/credential.corpus.ts';
import { EMAIL_CORPUS } from '../detectors/email.corpus.ts';
import { GIT_TOKEN_CORPUS } from '../detectors/git-token.corpus.ts';
import { IBAN_CORPUS } from '../detectors/iban.corpus.ts';
import { JWT_CORPUS } from '../detectors/jwt.corpus.ts';
import { PAYMENT_CARD_CORPUS } from '../detectors/payment-card.corpus.ts';
import { PHONE_CORPUS } from '../detectors/phone.corpus.ts';
import { PRIVATE_KEY_CORPUS } from '../detectors/private-key.corpus.ts';
import { US_SSN_CORPUS } from '../detectors/us-ssn.corpus.ts';
import type { Corpus } from './corpus.ts';

export const CORPORA: readonly Corpus[] = [
  PAYMENT_CARD_CORPUS,
  PRIVATE_KEY_CORPUS,
  CLOUD_TOKEN_CORPUS,
  GIT_TOKEN_CORPUS,
  CHAT_TOKEN_CORPUS,
  API_KEY_CORPUS,
  JWT_CORPUS,
  CREDENTIAL_CORPUS,
  EMAIL_CORPUS,
  PHONE_CORPUS,
  IBAN_CORPUS,
  US_SSN_CORPUS,
];
