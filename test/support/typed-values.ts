/** Fetches values of a real server in either format, and gives them back to it as parameters. */
import {
  type ColumnDescription,
  decodeDataRow,
  decodeErrorFields,
  decodeRowDescription,
} from '../../ext-proc/protocols/postgres/backend.ts';
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeSync,
} from '../../ext-proc/protocols/postgres/frontend-encoders.ts';
import { BACKEND } from '../../ext-proc/protocols/postgres/message-types.ts';
import type { ValueFormat } from '../../ext-proc/protocols/postgres/types/value-mark.ts';
import { WireClient } from './postgres-wire-client.ts';

export interface Answer {
  readonly columns: readonly ColumnDescription[];
  readonly rows: readonly (readonly (Buffer | null)[])[];
}

export interface Parameter {
  readonly oid: number;
  readonly format: ValueFormat;
  readonly value: Buffer | null;
}

export class TypedValues {
  readonly client: WireClient;

  private constructor(client: WireClient) {
    this.client = client;
  }

  static async connect(server: { readonly port: number; readonly password: string }): Promise<TypedValues> {
    const { client, outcome } = await WireClient.login({
      port: server.port,
      user: 'postgres',
      password: server.password,
    });
    if (outcome.kind !== 'ready') throw new Error('the login failed');
    return new TypedValues(client);
  }

  /** One statement by the extended protocol. @throws Error with the server's message. */
  async ask(text: string, format: ValueFormat, parameters: readonly Parameter[] = []): Promise<Answer> {
    const code = (value: ValueFormat): 0 | 1 => (value === 'binary' ? 1 : 0);
    this.client.send(
      encodeParse({ statement: '', text, parameterTypes: parameters.map(({ oid }) => oid) }),
      encodeBind({
        portal: '',
        statement: '',
        parameterFormats: parameters.map((parameter) => code(parameter.format)),
        values: parameters.map(({ value }) => value),
        resultFormats: [code(format)],
      }),
      encodeDescribe('portal', ''),
      encodeExecute(''),
      encodeSync(),
    );
    let columns: readonly ColumnDescription[] = [];
    const rows: (readonly (Buffer | null)[])[] = [];
    let failure: string | undefined;
    for (const { type, wire } of await this.client.untilReady()) {
      if (type === BACKEND.RowDescription) {
        const description = decodeRowDescription(wire);
        if (description.ok) columns = description.columns;
      } else if (type === BACKEND.DataRow) {
        const row = decodeDataRow(wire);
        if (row.ok) rows.push(row.values);
      } else if (type === BACKEND.ErrorResponse) {
        const error = decodeErrorFields(wire);
        failure = error.ok ? (error.fields.get('M') ?? '') : 'unreadable';
      }
    }
    if (failure !== undefined) throw new Error(failure);
    return { columns, rows };
  }

  /** The one value of one row, and how it is described. */
  async value(
    text: string,
    format: ValueFormat,
  ): Promise<{ column: ColumnDescription; value: Buffer | null }> {
    const { columns, rows } = await this.ask(text, format);
    return { column: columns[0] as ColumnDescription, value: rows[0]?.[0] ?? null };
  }

  /** What the server makes of a value that is given to it: its text. */
  async readBack(parameter: Parameter): Promise<string | null> {
    const { rows } = await this.ask('select $1', 'text', [parameter]);
    return rows[0]?.[0]?.toString('latin1') ?? null;
  }

  async run(text: string): Promise<void> {
    await this.ask(text, 'text');
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
