using System.Net;
using System.Net.Sockets;

namespace LastMile.Events.Fabric;

/// <summary>One connection through a <see cref="WanLink"/>: two sockets and a delayed stream in each direction.</summary>
internal sealed class RelayedConnection(Socket caller, IPEndPoint target, Func<TimeSpan> delay) : IDisposable
{
    private readonly Socket callee = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

    public async Task RunAsync()
    {
        try
        {
            await callee.ConnectAsync(target);
            caller.NoDelay = callee.NoDelay = true;
            var there = new DelayedStream(delay).RunAsync(caller, callee);
            var back = new DelayedStream(delay).RunAsync(callee, caller);
            await await Task.WhenAny(there, back);
            // One side is done: what the other still sends is delivered, as a half-closed line would.
            await Task.WhenAll(there, back);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Either end hung up, nothing listens at the target, or the link was cut: the other end learns it below.
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Drops both ends at once, without delivering what is on its way.</summary>
    public void Dispose()
    {
        caller.Close(timeout: 0);
        callee.Close(timeout: 0);
    }
}
