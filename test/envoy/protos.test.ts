/** Our cut of Envoy's protos against the descriptors that Envoy's own binary carries. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findEnvoy } from '../../ext-proc/embedded/envoy-binary.ts';
import { loadSync } from '@grpc/proto-loader';

/** Of protobufjs, which is proto-loader's own dependency, only what reads a descriptor. */
interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: number;
  readonly label: number;
  readonly typeName: string;
}
interface Message {
  readonly name: string;
  readonly field: readonly Field[];
  readonly nestedType: readonly Message[];
  readonly enumType: readonly Enum[];
}
interface Enum {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number: number }[];
}
interface File {
  readonly name: string;
  readonly package: string;
  readonly messageType: readonly Message[];
  readonly enumType: readonly Enum[];
}
const require = createRequire(createRequire(import.meta.url).resolve('@grpc/proto-loader'));
const { FileDescriptorProto } = require('protobufjs/ext/descriptor') as {
  FileDescriptorProto: { decode(bytes: Uint8Array): File };
};

const PROTOS = [
  'envoy/service/ext_proc/v3/external_processor.proto',
  'envoy/service/auth/v3/external_auth.proto',
  'envoy/service/auth/v3/attribute_context.proto',
  'envoy/config/core/v3/base.proto',
  'envoy/config/core/v3/address.proto',
  'envoy/type/v3/http_status.proto',
];

/** protobufjs names the entries of a map after its field, where protoc makes `FieldNameEntry` of it. */
const typeForm = (name: string): string =>
  name
    .replace(/Entry$/, '')
    .replaceAll('_', '')
    .toLowerCase();

/** A flat view: `package.Message.field` to its number, type and label; `package.Enum.VALUE` to its number. */
function flatten(file: File): Map<string, string> {
  const out = new Map<string, string>();
  const enumeration = (prefix: string, each: Enum): void => {
    for (const { name, number } of each.value) out.set(`${prefix}.${each.name}.${name}`, `= ${number}`);
  };
  const message = (prefix: string, each: Message): void => {
    const path = `${prefix}.${typeForm(each.name)}`;
    for (const { name, number, type, label, typeName } of each.field) {
      const typed = typeForm(typeName.split('.').at(-1) ?? '');
      out.set(`${path}.${name}`, `${type} ${label} ${typed} = ${number}`);
    }
    for (const nested of each.nestedType) message(path, nested);
    for (const nested of each.enumType) enumeration(path, nested);
  };
  for (const each of file.messageType) message(file.package, each);
  for (const each of file.enumType) enumeration(file.package, each);
  return out;
}

/** The serialised FileDescriptorProto of `name` inside a binary: field 1 is the name, and protobuf writes it first. */
function embeddedDescriptor(binary: Buffer, name: string): File {
  const head = Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name)]);
  for (let at = binary.indexOf(head); at >= 0; at = binary.indexOf(head, at + 1)) {
    const file = FileDescriptorProto.decode(binary.subarray(at, descriptorEnd(binary, at)));
    if (file.messageType.length > 0) return file;
  }
  throw new Error(`no descriptor of ${name}`);
}

/** Where the fields of a FileDescriptorProto (numbers 1 to 12, in a serialiser's order) stop. */
function descriptorEnd(binary: Buffer, start: number): number {
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  let last = 0;
  for (;;) {
    const before = at;
    const tag = varint();
    const [number, wire] = [tag >>> 3, tag & 7];
    if (number === 0 || number > 12 || wire !== 2 || number < last) return before;
    last = number;
    const length = varint();
    at += length;
    // `syntax` is the last of the fields that these files have.
    if (number === 12) return at;
  }
}

function ourDescriptors(): File[] {
  const definition = loadSync([...PROTOS, 'grpc/health/v1/health.proto'], {
    includeDirs: [fileURLToPath(new URL('../../protos', import.meta.url))],
    keepCase: true,
  });
  const files = new Map<string, File>();
  for (const each of Object.values(definition)) {
    for (const bytes of 'fileDescriptorProtos' in each ? (each.fileDescriptorProtos as Buffer[]) : []) {
      const file = FileDescriptorProto.decode(bytes);
      files.set(file.package, file);
    }
  }
  return [...files.values()];
}

describe('protos/', () => {
  it('has the names, numbers and types of Envoy 1.40.0, for all that it has', async () => {
    const binary = await readFile(await findEnvoy({ env: process.env }));
    const names = [...PROTOS, 'src/proto/grpc/health/v1/health.proto'];
    const theirs = new Map(names.flatMap((name) => [...flatten(embeddedDescriptor(binary, name))]));
    const ours = ourDescriptors()
      .filter((file) => !file.package.startsWith('google'))
      .flatMap((file) => [...flatten(file)]);
    expect(ours.length).toBeGreaterThan(90);
    for (const [name, form] of ours) expect([name, theirs.get(name)]).toEqual([name, form]);
  });
});
