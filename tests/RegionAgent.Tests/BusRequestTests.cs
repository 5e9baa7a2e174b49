using LastMile.Events.Fabric;
using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using MassTransit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class BusRequestTests(SharedServers servers)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(4);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task A_request_that_the_broker_never_confirms_times_out()
    {
        await using var other = await RegionBus.ConnectAsync(await servers.CreateVirtualHostAsync());
        await using var link = new WanLink(other.Uri.Port);
        var bus = await ConnectAsync(other.Uri, link.Port);
        try
        {
            Assert.Equal("ams", (await SendAsync(bus)).Region);

            // No data passes any more, but the connection stays open.
            link.Delay = TimeSpan.FromHours(1);
            var request = SendAsync(bus);
            time.Advance(Bound);

            await Eventually.Async(() => request.IsCompleted);
            await Assert.ThrowsAsync<TimeoutException>(() => request);
        }
        finally
        {
            link.Cut();
            await bus.StopAsync();
        }
    }

    private Task<RegionEpisodeReported> SendAsync(IBus bus) =>
        bus.SendAsync<RegionEpisodeRequested, RegionEpisodeReported>(
            "lastmile.episodes.main", new("ams"), time, TestContext.Current.CancellationToken);

    private static async Task<IBusControl> ConnectAsync(Uri uri, int port)
    {
        var address = new UriBuilder(uri) { Scheme = "rabbitmq", Port = port, UserName = "", Password = "" }.Uri;
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(address, host =>
        {
            host.Username(uri.UserInfo.Split(':')[0]);
            host.Password(uri.UserInfo.Split(':')[1]);
        }));
        await bus.StartAsync();
        return bus;
    }
}
