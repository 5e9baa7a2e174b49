using System.Diagnostics;

namespace LastMile.Events.Fabric;

/// <summary>
/// A process that ends when this one does, however this one ends: a small supervisor holds a pipe to this process and stops
/// the command when the pipe closes. It runs in a session of its own, so that Ctrl-C in a terminal reaches only this process.
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

    /// <summary>How messages call it.</summary>
    public string Name => command.Name;

    /// <summary>The command's process id.</summary>
    public int Id { get; }

    /// <summary>The command's exit code, once it has ended; 128 + n after signal n.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts a command; returns when it has a process id, not when it is ready.</summary>
    /// <exception cref="InvalidOperationException">The supervisor could not be started.</exception>
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
            // A supervisor that nothing holds would run its command, and write into a folder that is being deleted.
            started.StandardInput.Close();
            await started.WaitForExitAsync(CancellationToken.None);
            started.Dispose();
            throw;
        }
    }

    /// <summary>The end of its output, for messages.</summary>
    public IReadOnlyList<string> LastLogLines(int count = 15) =>
        File.Exists(command.LogFile) ? [.. File.ReadLines(command.LogFile).TakeLast(count)] : [];

    /// <summary>Sends a signal to the command and the processes of its group, as "KILL", "STOP" or "CONT".</summary>
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
            // It ended in the meantime: there is nothing left to signal.
        }
        finally
        {
            pipe.Release();
        }
    }

    /// <summary>Whether a STOP has reached it. By Linux's /proc; elsewhere it is taken for granted.</summary>
    public bool IsStopped()
    {
        var status = $"/proc/{Id}/status";
        return !File.Exists(status) || File.ReadLines(status).Any(line => line.StartsWith("State:\tT", StringComparison.Ordinal));
    }

    /// <summary>Kills it, without a chance to clean up, and waits until it is gone.</summary>
    public async Task<int> KillAsync()
    {
        await SignalAsync("KILL");
        return await Exited;
    }

    /// <summary>Asks it to end, kills it after its grace, and waits until it is gone.</summary>
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
            // It ended by itself.
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
