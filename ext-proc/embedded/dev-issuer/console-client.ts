/** The client that the console is at the development issuer. */
export const CONSOLE_CLIENT_ID = 'gatehouse-console';
