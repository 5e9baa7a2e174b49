using System.Diagnostics;

namespace LastMile.Events.Fabric;

/// <summary>
/// A process that ends when this one ends, even if this one is killed. A small supervisor holds a pipe to this process and stops the
/// command when the pipe closes. It runs in its own session, so that Ctrl-C in a terminal reaches only this process.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly ChildCommand command;
    private readonly Process supervisor;
    private readonly SemaphoreSlim pipe = new(1, 1);
    private bool closed;
    private bool disposed;

    private ChildProcess(ChildCommand command, Process supervisor, int id)
    {
        this.command = command;
        this.supervisor = supervisor;
        Id = id;
        Exited = WaitForExitAsync();
    }

    /// <summary>The name in messages.</summary>
    public string Name => command.Name;

    /// <summary>The command's process id.</summary>
    public int Id { get; }

    /// <summary>The command's exit code, once it has ended; 128 + n after signal n.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts a command; returns when it has a process id, before it is ready.</summary>
    /// <exception cref="InvalidOperationException">The supervisor did not start.</exception>
    public static async Task<ChildProcess> StartAsync(ChildCommand command, CancellationToken cancellationToken = default)
    {
        var started = Process.Start(StartInfo(command))!;
        try
        {
            var line = await started.StandardOutput.ReadLineAsync(cancellationToken);
            return int.TryParse(line, out var id)
                ? new ChildProcess(command, started, id)
                : throw new InvalidOperationException($"Cannot start {command.Name}: its supervisor ended. Is {command.LogFile} writable?");
        }
        catch
        {
            // Without this, the supervisor would keep running its command and write to a folder that is being deleted.
            started.StandardInput.Close();
            await started.WaitForExitAsync(CancellationToken.None);
            started.Dispose();
            throw;
        }
    }

    /// <summary>Returns the end of its output, for messages.</summary>
    public IReadOnlyList<string> LastLogLines(int count = 15) =>
        File.Exists(command.LogFile) ? [.. File.ReadLines(command.LogFile).TakeLast(count)] : [];

    /// <summary>Sends a signal to the command and its process group, such as "KILL", "STOP", or "CONT".</summary>
    public async Task SignalAsync(string signal)
    {
        await pipe.WaitAsync();
        try
        {
            if (closed || supervisor.HasExited)
                return;
            await supervisor.StandardInput.WriteLineAsync(signal);
            await supervisor.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // The command has ended, so there is nothing to signal.
        }
        finally
        {
            pipe.Release();
        }
    }

    /// <summary>Returns whether a STOP has taken effect, according to Linux's /proc. On other systems it is always true.</summary>
    public bool IsStopped()
    {
        var status = $"/proc/{Id}/status";
        return !File.Exists(status) || File.ReadLines(status).Any(line => line.StartsWith("State:\tT", StringComparison.Ordinal));
    }

    /// <summary>Kills the command without a chance to clean up, and waits until it is gone.</summary>
    public async Task<int> KillAsync()
    {
        await SignalAsync("KILL");
        return await Exited;
    }

    /// <summary>Sends the stop signal, kills the command after its grace period, and waits until it is gone.</summary>
    public async Task<int> StopAsync()
    {
        await pipe.WaitAsync();
        try
        {
            closed = true;
            supervisor.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command has already ended.
        }
        finally
        {
            pipe.Release();
        }

        return await Exited;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        await StopAsync();
        supervisor.Dispose();
        pipe.Dispose();
    }

    private static ProcessStartInfo StartInfo(ChildCommand command)
    {
        var start = new ProcessStartInfo("setsid")
        {
            WorkingDirectory = command.WorkingDirectory ?? Path.GetDirectoryName(Path.GetFullPath(command.LogFile)),
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        string[] supervise =
        [
            "sh", FabricFile.Path("supervise.sh"), Path.GetFullPath(command.LogFile), command.StopSignal,
            $"{(int)command.StopGrace.TotalSeconds}",
        ];
        foreach (var argument in (IEnumerable<string>)[.. supervise, .. command.User?.Prefix ?? [], command.FileName, .. command.Arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;
        return start;
    }

    private async Task<int> WaitForExitAsync()
    {
        await supervisor.WaitForExitAsync();
        return supervisor.ExitCode;
    }
}
