using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Fabric.Tests;

public sealed class WanLinkTests : IAsyncLifetime
{
    private readonly TcpListener echo = new(IPAddress.Loopback, 0);
    private WanLink link = null!;

    public ValueTask InitializeAsync()
    {
        echo.Start();
        _ = EchoAsync();
        link = new WanLink(((IPEndPoint)echo.LocalEndpoint).Port);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await link.DisposeAsync();
        echo.Dispose();
    }

    [Fact]
    public async Task Bytes_pass_unchanged_and_in_order()
    {
        using var client = await ConnectAsync();
        var sent = new byte[5_000_000];
        Random.Shared.NextBytes(sent);

        var sending = client.GetStream().WriteAsync(sent);
        var received = new byte[sent.Length];
        await client.GetStream().ReadExactlyAsync(received);
        await sending;

        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task The_delay_applies_in_each_direction()
    {
        using var client = await ConnectAsync();
        link.Delay = TimeSpan.FromMilliseconds(80);

        var start = Stopwatch.GetTimestamp();
        await RoundTripAsync(client);

        Assert.True(Stopwatch.GetElapsedTime(start) >= 2 * link.Delay);
    }

    [Fact, MeasuresTime]
    public async Task The_delay_does_not_reduce_throughput()
    {
        using var client = await ConnectAsync();
        link.Delay = TimeSpan.FromMilliseconds(100);

        var start = Stopwatch.GetTimestamp();
        var sending = client.GetStream().WriteAsync(new byte[16_000_000]);
        await client.GetStream().ReadExactlyAsync(new byte[16_000_000]);
        await sending;

        // A relay that waited for the delay after each read of 64 KiB would take 25 s.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.2, 10);
    }

    [Fact]
    public async Task A_cut_drops_connections()
    {
        using var client = await ConnectAsync();
        await RoundTripAsync(client);

        link.Cut();

        await Assert.ThrowsAsync<IOException>(() => RoundTripAsync(client));
    }

    [Fact]
    public async Task A_cut_link_passes_nothing()
    {
        link.Cut();

        await AssertRefusedAsync();
    }

    [Fact]
    public async Task A_mended_link_accepts_connections_on_the_same_port()
    {
        var port = link.Port;
        link.Cut();
        link.Mend();

        using var client = await ConnectAsync();
        await RoundTripAsync(client);

        Assert.Equal(port, link.Port);
    }

    [Fact]
    public async Task A_closed_end_is_visible_at_the_other_end()
    {
        using var client = await ConnectAsync();
        await RoundTripAsync(client);

        client.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal(0, await client.Client.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_missing_target_closes_the_connection()
    {
        echo.Stop();

        await AssertRefusedAsync();
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, link.Port);
        return client;
    }

    /// <summary>Asserts that a connection is reset, before or after the connect returns.</summary>
    private async Task AssertRefusedAsync()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var client = await ConnectAsync();
            await RoundTripAsync(client);
        });

        Assert.True(error is IOException or SocketException, error.ToString());
    }

    private static async Task RoundTripAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync(new byte[] { 42 });
        if (await client.GetStream().ReadAsync(new byte[1]) == 0)
            throw new IOException("The connection was closed.");
    }

    private async Task EchoAsync()
    {
        try
        {
            while (true)
            {
                var client = await echo.AcceptTcpClientAsync();
                _ = EchoAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task EchoAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await client.GetStream().CopyToAsync(client.GetStream());
            }
            catch (IOException)
            {
                // The link was cut.
            }
        }
    }
}
