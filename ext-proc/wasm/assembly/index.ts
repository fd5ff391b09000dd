/** The loops over bytes that JavaScript would take three times as long for, in AssemblyScript. `write-wasm.ts` builds it. */
export { isPlain, setNumbers } from './anchors';
export { readElements, readMembers, setLimits } from './json-members';
export { readObject, wasExact } from './json-object';
export * from './layout';
