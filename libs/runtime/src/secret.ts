/** The installation's secret (`TOUCHLINE_SECRET`): pepper of API keys, key of profile ids. Never logged. */
export abstract class Secret {
  abstract readonly value: string;
}
