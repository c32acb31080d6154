import { SMTPServer } from 'smtp-server';

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  size: 60_000_000,
  onData(stream, _session, done) {
    stream.on('end', done);
    stream.resume();
  },
});
server.listen(Number(process.argv[2]), '127.0.0.1');
