// Tests kill this program. It starts children and prints their process ids.
using LastMile.Events.Fabric;

foreach (var name in (string[])["first", "second"])
{
    var child = await ChildProcess.StartAsync(new ChildCommand(name, "sleep", ["60"], Path.Combine(args[0], name)));
    Console.WriteLine(child.Id);
}

await Task.Delay(Timeout.Infinite);
