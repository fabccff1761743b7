/** Where the speaker and the witness of a lab take calls, on the controller's machine. */
export const speakerPorts = { speaker: 50_051, witness: 50_052 } as const;
