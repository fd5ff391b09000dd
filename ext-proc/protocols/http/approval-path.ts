/** Where a client asks what has become of a request for approval of its own: the id behind it. No server is asked there. */
export const APPROVAL_STATUS_PREFIX = '/.well-known/gatehouse/approvals/';
