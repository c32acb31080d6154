using System.Globalization;
using SmtpServer;
using Smtpd.Peer;

// The library at its defaults: what it is measured with is the least that a program on it must say.
var options = new SmtpServerOptionsBuilder().ServerName("bench.test").MaxMessageSize(60_000_000)
    .Endpoint(each => each.Endpoint(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, int.Parse(args[0], CultureInfo.InvariantCulture)))).Build();
var services = new SmtpServer.ComponentModel.ServiceProvider();
services.Add(new Forgetful());
await new SmtpServer.SmtpServer(options, services).StartAsync(CancellationToken.None);
