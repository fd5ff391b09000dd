/** Where the parts of the development stack lie in its state directory. */
import { join } from 'node:path';

export const issuerDirectory = (stateDirectory: string): string => join(stateDirectory, 'issuer');
export const devConfigFile = (stateDirectory: string): string => join(stateDirectory, 'gatehouse.yaml');
export const devCertificates = (stateDirectory: string): string => join(stateDirectory, 'tls');
/** What clients verify the gate's certificate against. */
export const devCaFile = (stateDirectory: string): string => join(devCertificates(stateDirectory), 'ca.crt');
/** In the embedded ClickHouse's directory: the password of its users. */
export const embeddedPasswordFile = (directory: string): string => join(directory, 'password');
/** Of the style hash. */
export const maskingKeyFile = (stateDirectory: string): string => join(stateDirectory, 'masking.key');
/** What seals of approvals are made with. */
export const approvalsKeyFile = (stateDirectory: string): string => join(stateDirectory, 'approvals.key');
/** Tokens of the sample API and the sample MCP server, which the gate shows them. */
export const sampleServersDirectory = (stateDirectory: string): string => join(stateDirectory, 'samples');
