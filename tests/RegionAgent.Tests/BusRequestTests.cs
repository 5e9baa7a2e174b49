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
    public async Task A_question_whose_sending_is_never_confirmed_is_given_up()
    {
        await using var other = await RegionBus.ConnectAsync(await servers.CreateVirtualHostAsync());
        await using var link = new WanLink(other.Uri.Port);
        var bus = await ConnectAsync(other.Uri, link.Port);
        try
        {
            Assert.Equal("ams", (await SendAsync(bus)).Region);

            // Nothing comes back any more, and nothing says so.
            link.Delay = TimeSpan.FromHours(1);
            var question = SendAsync(bus);
            time.Advance(Bound);

            await Eventually.Async(() => question.IsCompleted);
            await Assert.ThrowsAsync<TimeoutException>(() => question);
        }
        finally
        {
            link.Cut();
            await bus.StopAsync();
        }
    }

    private Task<RegionEpisodeReported> SendAsync(IBus bus) =>
        bus.SendAsync<RegionEpisodeRequested, RegionEpisodeReported>(new("ams"), time, TestContext.Current.CancellationToken);

    private static async Task<IBusControl> ConnectAsync(Uri uri, int port)
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(new UriBuilder(uri) { Scheme = "rabbitmq", Port = port, UserName = "", Password = "" }.Uri, host =>
        {
            host.Username(uri.UserInfo.Split(':')[0]);
            host.Password(uri.UserInfo.Split(':')[1]);
        }));
        await bus.StartAsync();
        return bus;
    }
}
