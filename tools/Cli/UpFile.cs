using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LastMile.Events.Fabric;
using Npgsql;

namespace LastMile.Events.Cli;

/// <summary>
/// The files by which one <c>up</c> is found by scripts and by <c>down</c>: <c>.lastmile/fabric.json</c> says where everything is,
/// <c>.lastmile/up.pid</c> which process it is. Both go when it ends.
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

    /// <summary>Claims to be the one that is up; null when another process is.</summary>
    public static UpFile? TryTake()
    {
        Directory.CreateDirectory(Folder);
        try
        {
            // The lock goes with the process, however it ends; readers may look.
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

    /// <summary>The process that is up; null when none is.</summary>
    public static Process? FindProcess()
    {
        try
        {
            // Whoever can write it holds what a dead process left behind.
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

    /// <summary>A psql call that a person can paste.</summary>
    public static string PsqlCommand(LastMileSystem system)
    {
        var database = new NpgsqlConnectionStringBuilder(system.Database.ConnectionString);
        return $"psql postgresql://{database.Username}:{database.Password}@{database.Host}:{database.Port}/{database.Database}";
    }

    /// <summary>The database of what is up; null when nothing is.</summary>
    public static string? Database()
    {
        if (!File.Exists(FabricPath))
            return null;
        using var fabric = JsonDocument.Parse(File.ReadAllText(FabricPath));
        return fabric.RootElement.GetProperty("postgres").GetString();
    }

    /// <summary>Says where everything is.</summary>
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
            storefronts = system.Storefronts.ToDictionary(storefront => storefront.Key, storefront => Address(storefront.Value), StringComparer.Ordinal),
        };
        // Complete or not there: a script may be waiting for it. It holds passwords, so it is its owner's alone.
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
