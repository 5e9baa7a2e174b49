using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LastMile.Events.Fabric;
using Npgsql;

namespace LastMile.Events.Cli;

/// <summary>
/// The files by which scripts and <c>down</c> find the running <c>up</c>: <c>.lastmile/fabric.json</c> holds all addresses,
/// <c>.lastmile/up.pid</c> the process id. Both are deleted when <c>up</c> ends.
/// </summary>
internal sealed class UpFile : IDisposable
{
    private static readonly string Folder = Path.Combine(RunFolder.RepositoryFolder(), ".lastmile");
    private static readonly string PidPath = Path.Combine(Folder, "up.pid");
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // For people and scripts, not for HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly FileStream held;

    private UpFile(FileStream held) => this.held = held;

    public static string FabricPath { get; } = Path.Combine(Folder, "fabric.json");

    /// <summary>Acquires the lock of <c>up</c>; returns null if another process holds it.</summary>
    public static UpFile? TryAcquire()
    {
        Directory.CreateDirectory(Folder);
        try
        {
            // The operating system releases the lock when the process ends. Others may still read the file.
            var lockFile = new FileStream(PidPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            lockFile.SetLength(0);
            lockFile.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            lockFile.Flush();
            return new UpFile(lockFile);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Returns the running <c>up</c> process; null if there is none.</summary>
    public static Process? FindProcess()
    {
        try
        {
            // If the file can be opened for writing, its process is dead.
            using var abandoned = new FileStream(PidPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException)
        {
            using var file = new FileStream(PidPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            return Process.GetProcessById(int.Parse(reader.ReadToEnd(), CultureInfo.InvariantCulture));
        }
    }

    public static void RequestEnd(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Returns a psql command that users can paste.</summary>
    public static string PsqlCommand(LastMileSystem system)
    {
        var database = new NpgsqlConnectionStringBuilder(system.Database.ConnectionString);
        return $"psql postgresql://{database.Username}:{database.Password}@{database.Host}:{database.Port}/{database.Database}";
    }

    /// <summary>Returns the connection string to the running system's database; null if none runs.</summary>
    public static string? Database()
    {
        if (!File.Exists(FabricPath))
            return null;
        using var fabric = JsonDocument.Parse(File.ReadAllText(FabricPath));
        return fabric.RootElement.GetProperty("postgres").GetString();
    }

    /// <summary>Writes the addresses of all parts.</summary>
    public static async Task WriteAsync(LastMileSystem system, CancellationToken cancellationToken)
    {
        var content = new
        {
            postgres = system.Database.ConnectionString,
            rabbitmq = system.Servers.RabbitMq.Uri,
            primary = system.Servers.Primary.Endpoint,
            regions = system.Servers.Regions.ToDictionary(region => region.Name, region => region.Redis.Endpoint, StringComparer.Ordinal),
            invalidator = Address(system.Invalidator),
            agents = system.Agents.ToDictionary(agent => agent.Key, agent => Address(agent.Value), StringComparer.Ordinal),
            storefronts = system.Storefronts.ToDictionary(
                storefront => storefront.Key, storefront => Address(storefront.Value), StringComparer.Ordinal),
        };
        // The file appears only when it is complete, because a script may wait for it. It holds passwords, so only its owner may read it.
        var next = FabricPath + ".next";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var file = new FileStream(next, options))
        {
            await JsonSerializer.SerializeAsync(file, content, Json, cancellationToken);
        }

        File.Move(next, FabricPath, overwrite: true);
    }

    public void Dispose()
    {
        File.Delete(FabricPath);
        File.Delete(PidPath);
        held.Dispose();
    }

    private static string Address(Service service) => service.Address.GetLeftPart(UriPartial.Authority);
}
