/**
 * A request as a card (Adaptive Cards 1.4) for a webhook of Teams Workflows. It has a link and no button that decides: a
 * workflow's answer carries no signature that the gate could check. Texts stand in runs, where markup means nothing.
 */
import { mayDecideFromMessage, parameterLines, type ToldRequest } from './told-request.ts';
import type { ToldAbout } from './webhook-message.ts';

export function teamsMessage(told: ToldRequest, about: ToldAbout): string {
  const title = about === 'requested' ? 'Approval needed' : `Request ${told.state}`;
  const lines = [
    `${told.requester}${told.requesterFor === undefined ? '' : ` for ${told.requesterFor}`} asks, on ${told.upstream}`,
    `${told.rule}: ${told.reason}`,
    ...(told.text === '' ? [] : [told.text]),
    ...told.facts.map(([name, value]) => `${name}: ${value}`),
    ...told.warnings.map((warning) => `Warning: ${warning}`),
    ...told.decidedBy.map(
      ({ subject, verdict, breakGlass }) => `${subject}: ${verdict}${breakGlass ? ' (emergency)' : ''}`,
    ),
    `Decide by ${new Date(told.decideByMs).toISOString()}`,
  ];
  const showsPayload = about === 'requested' && mayDecideFromMessage(told);
  return JSON.stringify({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            run(title, { size: 'Large', weight: 'Bolder' }),
            run(told.words, { weight: 'Bolder' }),
            ...lines.map((line) => run(line)),
            ...(showsPayload ? [run(told.payload ?? '', { fontType: 'Monospace' })] : []),
            ...(showsPayload && told.parameters.length > 0
              ? [
                  run('Parameters', { weight: 'Bolder' }),
                  ...parameterLines(told).map((line) => run(line, { fontType: 'Monospace' })),
                ]
              : []),
          ],
          actions: [{ type: 'Action.OpenUrl', title: 'Look at it and decide', url: told.link }],
        },
      },
    ],
  });
}

const run = (text: string, style: Readonly<Record<string, string>> = {}): object => ({
  type: 'RichTextBlock',
  inlines: [{ type: 'TextRun', text, ...style }],
});
